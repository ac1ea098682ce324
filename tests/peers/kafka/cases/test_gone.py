"""Offsets that are gone, and offsets that never were: nothing is skipped in silence, and no partition stands still."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from captured_logs import capture_logs
from peers.kafka.cases.reader import Reader, numbered, send, values
from peers.kafka.server import KafkaServer
from punctuald.model import Metric

WAYS: Mapping[str, Mapping[str, Any]] = {
    "range": {"group_protocol": "classic", "properties": {"partition.assignment.strategy": "range"}},
    "cooperative": {"group_protocol": "classic"},
    "consumer": {"group_protocol": "consumer"},
}


def said(logs: list[Any], event: str) -> list[tuple[int, int, int, int]]:
    """Partition, from, to, count."""
    fields = ("partition", "from_offset", "to_offset", "records")
    return [tuple(entry[name] for name in fields) for entry in logs if entry["event"] == event]


@pytest.mark.parametrize("start", ["earliest", "latest"])
@pytest.mark.parametrize("way", WAYS)
def test_what_retention_took_is_said_and_counted_and_reading_goes_on_where_the_log_begins(
    kafka: KafkaServer, way: str, start: str
) -> None:
    topic = f"gone-{way}-{start}"

    async def run() -> None:
        kafka.create_topic(topic, 2, retention_ms=86_400_000)
        send(kafka, topic, *numbered(100), *numbered(5, 900, partition=1))
        kafka.alter_commits(topic, topic, {0: 10, 1: 0})
        kafka.delete_records(topic, {0: 60})
        with capture_logs() as logs:
            async with Reader(kafka, topic, start=start, **WAYS[way]) as reader:
                came = await reader.finish(45)
                assert sorted(values(came)) == [*range(60, 100), *range(900, 905)]
                assert await reader.committed({0: 100, 1: 5})
        assert said(logs, "kafka.records_gone") == [(0, 10, 60, 50)]
        assert reader.counts[Metric.RECORDS_GONE] == 50

    asyncio.run(run())


def test_what_retention_took_while_a_partition_was_paused_is_said_from_where_reading_stood(kafka: KafkaServer) -> None:
    topic = "gone-meanwhile"

    async def run() -> None:
        kafka.create_topic(topic, 1, retention_ms=86_400_000)
        send(kafka, topic, *numbered(10))
        with capture_logs() as logs:
            async with Reader(kafka, topic) as reader:
                held, *done = await reader.receive(10)
                await reader.source.acknowledge(done)
                reader.source.pause(["0"])
                assert await reader.none_comes(0.3)
                send(kafka, topic, *numbered(50, 10))
                kafka.delete_records(topic, {0: 40})
                reader.source.resume(["0"])
                assert values(await reader.finish(20)) == list(range(40, 60))
                assert await reader.source.acknowledge([held]) == [], "what was in hand is still its reader's"
                assert await reader.committed({0: 60})
        assert said(logs, "kafka.records_gone") == [(0, 10, 40, 30)]

    asyncio.run(run())


@pytest.mark.parametrize("way", WAYS)
def test_a_group_that_was_further_than_the_log_is_reads_it_from_its_beginning(kafka: KafkaServer, way: str) -> None:
    topic = f"replaced-{way}"

    async def run() -> None:
        kafka.create_topic(topic, 2)
        send(kafka, topic, *numbered(5), *numbered(3, 900, partition=1))
        kafka.alter_commits(topic, topic, {0: 70, 1: 1})
        with capture_logs() as logs:
            async with Reader(kafka, topic, **WAYS[way]) as reader:
                assert sorted(values(await reader.finish(7))) == [0, 1, 2, 3, 4, 901, 902]
                assert await reader.committed({0: 5, 1: 3}), "also where that is less than before"
        assert said(logs, "kafka.log_replaced") == [(0, 70, 0, 0)]
        assert (said(logs, "kafka.records_gone"), reader.counts[Metric.RECORDS_GONE]) == ([], 0)

    asyncio.run(run())


def test_a_topic_that_is_made_anew_while_it_is_read_is_read_from_its_beginning(kafka: KafkaServer) -> None:
    topic = "made-anew"

    async def run() -> None:
        kafka.create_topic(topic, 1)
        send(kafka, topic, *numbered(5))
        prompt = {"topic.metadata.refresh.interval.ms": 500}
        async with Reader(kafka, topic, properties=prompt) as reader:
            await reader.finish(5)
            assert await reader.committed({0: 5})
            kafka.delete_topic(topic)
            kafka.create_topic(topic, 1)
            send(kafka, topic, *numbered(3, 100))
            came: list[int] = []
            for _ in range(60):
                try:
                    messages = await reader.source.receive(10, 0.5, 0)
                except Exception:  # noqa: BLE001 - it is not there for a while
                    await asyncio.sleep(0.2)
                    continue
                await reader.source.acknowledge(messages)
                came += values(messages)
                if len(came) >= 3:
                    break
            assert came[-3:] == [100, 101, 102]
            assert await reader.committed({0: 3})

    asyncio.run(run())
