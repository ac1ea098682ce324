"""Where a group begins, and goes on: «latest» is asked once, and nothing that is younger than the group is skipped."""

from __future__ import annotations

import asyncio

import pytest

from peers.kafka.cases.reader import Reader, numbered, send, values
from peers.kafka.server import KafkaServer

PROTOCOLS = ["classic", "consumer"]
PROMPT = {"topic.metadata.refresh.interval.ms": 500}
"""By default a member of the classic protocol sees new partitions after five minutes."""


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_latest_skips_what_was_there_before_the_group_and_nothing_after(kafka: KafkaServer, protocol: str) -> None:
    topic = f"latest-{protocol}"

    async def run() -> None:
        kafka.create_topic(topic, 2)
        send(kafka, topic, *numbered(3))
        async with Reader(kafka, topic, start="latest", group_protocol=protocol) as first:
            assert await first.none_comes()
            assert await first.committed({0: 3, 1: 0}), "where it begins is committed at once"
            send(kafka, topic, *numbered(5, 10))
            assert values(await first.receive(5)) == [10, 11, 12, 13, 14], "and none of them is done"
        send(kafka, topic, *numbered(5, 20), *numbered(2, 30, partition=1))
        async with Reader(kafka, topic, start="latest", group_protocol=protocol) as second:
            came = await second.finish(12)
            assert sorted(values(came)) == [*range(10, 15), *range(20, 25), 30, 31]

    asyncio.run(run())


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_partition_that_is_younger_than_the_group_is_read_from_its_beginning(
    kafka: KafkaServer, protocol: str
) -> None:
    topic = f"growing-{protocol}"

    async def run() -> None:
        kafka.create_topic(topic, 1)
        send(kafka, topic, *numbered(3))
        async with Reader(kafka, topic, start="latest", group_protocol=protocol, properties=PROMPT) as first:
            assert await first.none_comes()
            assert await first.committed({0: 3})
            kafka.add_partitions(topic, 3)
            send(kafka, topic, *numbered(10, 100, partition=1))  # before anybody reads it
            assert values(await first.receive(10)) == list(range(100, 110))
        send(kafka, topic, *numbered(10, 200, partition=2))
        async with Reader(kafka, topic, start="latest", group_protocol=protocol, properties=PROMPT) as second:
            came = await second.finish(20)
            assert sorted(values(came)) == [*range(100, 110), *range(200, 210)], "another process knows it as well"

    asyncio.run(run())


def test_earliest_begins_where_the_log_does_and_goes_on_where_the_group_was(kafka: KafkaServer) -> None:
    async def run() -> None:
        kafka.create_topic("earliest", 1)
        send(kafka, "earliest", *numbered(6))
        async with Reader(kafka, "earliest") as first:
            messages = await first.receive(6)
            await first.source.acknowledge(messages[:4])
        async with Reader(kafka, "earliest") as second:
            assert values(await second.receive(2)) == [4, 5]

    asyncio.run(run())
