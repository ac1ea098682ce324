"""A batch that is damaged on the broker's disk: it is not handled as if it were whole, and somebody is told."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from captured_logs import capture_logs
from peers.kafka.cases.damage import damage_batch
from peers.kafka.cases.reader import Reader, numbered, send, values
from peers.kafka.server import KafkaServer


def three_batches(kafka: KafkaServer, topic: str, compression: str) -> None:
    """Of ten records each, and the second one is damaged."""
    kafka.create_topic(topic, 1)
    for first in (0, 10, 20):
        send(kafka, topic, *numbered(10, first), **{"compression.type": compression, "linger.ms": 200})
    damage_batch(kafka.log_file(topic), 10)


async def read_for(reader: Reader, seconds: float) -> list[int]:
    """What is handled meanwhile."""
    came: list[int] = []
    until_mono = time.monotonic() + seconds
    while time.monotonic() < until_mono:
        messages = await reader.source.receive(500, 0.2, 0)
        await reader.source.acknowledge(messages)
        came += values(messages)
    return came


@pytest.mark.parametrize("compression", ["none", "gzip", "lz4"])
def test_a_damaged_batch_has_one_line_and_nothing_of_it_is_handled(kafka: KafkaServer, compression: str) -> None:
    topic = f"damaged-{compression}"

    async def run() -> None:
        three_batches(kafka, topic, compression)
        with capture_logs() as logs:
            async with Reader(kafka, topic) as reader:
                assert await read_for(reader, 2.0) == list(range(10))
                assert await reader.committed({0: 10})
        said = [entry for entry in logs if entry["log_level"] in {"warning", "error"}]
        assert [(entry["event"], entry["partition"], entry["offset"]) for entry in said] == [
            ("kafka.batch_unreadable", 0, 10)
        ]

    asyncio.run(run())


def test_a_damaged_batch_is_skipped_by_whoever_decides_to(kafka: KafkaServer) -> None:
    async def run() -> None:
        three_batches(kafka, "skipped", "none")
        async with Reader(kafka, "skipped") as reader:
            await reader.finish(10)
        kafka.alter_commits("skipped", "skipped", {0: 20})
        async with Reader(kafka, "skipped") as reader:
            assert values(await reader.finish(10)) == list(range(20, 30))

    asyncio.run(run())


def test_a_partition_that_stands_still_without_an_error_is_said_to_be_stuck(kafka: KafkaServer) -> None:
    """librdkafka says nothing of a damaged batch that lz4 has compressed, where it checks no sums itself."""

    async def run() -> None:
        three_batches(kafka, "stuck", "lz4")
        unchecked: dict[str, Any] = {"check.crcs": False}
        with capture_logs() as logs:
            async with Reader(kafka, "stuck", properties=unchecked, stuck_seconds=1.5) as reader:
                assert await read_for(reader, 5.0) == list(range(10))
        said = [(entry["partition"], entry["offset"], entry["end"]) for entry in logs if "stuck" in entry["event"]]
        assert said == [(0, 10, 30)], "once"

    asyncio.run(run())
