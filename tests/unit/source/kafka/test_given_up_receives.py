"""A receive that nobody waits for any more: what the library gave out for it is not lost."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from confluent_kafka import Producer

from doubles.kafka.mock_cluster import MockCluster
from doubles.limited_log import limited_log
from punctuald.clock import SystemClock
from punctuald.source.kafka.source import KafkaSource
from punctuald.source.kafka.topic import KafkaTopic

RECORDS = 2_000
GIVEN_UP = 5
COMMIT_SECONDS = 0.05
CLOCK = SystemClock()


@pytest.fixture
def cluster() -> Iterator[MockCluster]:
    with MockCluster() as running:
        running.create_topic("readings", 2)
        yield running


def test_records_of_receives_that_are_given_up_come_with_the_next_and_are_committed_by_nobody(
    cluster: MockCluster,
) -> None:
    produce(cluster, RECORDS)
    topic = KafkaTopic(
        "readings", "readings", cluster.bootstrap, "g", commit_interval_seconds=COMMIT_SECONDS,
        properties={"fetch.wait.max.ms": 20},
    )  # fmt: skip

    async def receive_and_give_up() -> tuple[int, list[str]]:
        source = KafkaSource(topic, lambda _metric, _count=1: None, CLOCK, limited_log(CLOCK))
        came = list(await source.receive(1, 5.0, 30))
        given_up = 0
        while given_up < GIVEN_UP:
            receive = asyncio.ensure_future(source.receive(50, 1.0, 30))
            await asyncio.sleep(0)  # it has begun, and its call is in the library's thread
            receive.cancel()
            try:
                came += await receive  # what was here already came at once
            except asyncio.CancelledError:
                given_up += 1
                await asyncio.sleep(2 * COMMIT_SECONDS)
        while len(came) < RECORDS and (more := await source.receive(500, 5.0, 30)):
            came += more
        await source.close()
        return given_up, [message.id for message in came]

    given_up, ids = asyncio.run(receive_and_give_up())
    assert given_up == GIVEN_UP
    assert sorted(ids) == sorted(set(ids))
    assert len(ids) == RECORDS


def produce(cluster: MockCluster, count: int) -> None:
    producer = Producer({"bootstrap.servers": cluster.bootstrap, "log_level": 0})
    for number in range(count):
        producer.produce("readings", f'{{"number": {number}}}', f"key-{number % 50}")
    assert producer.flush(10) == 0
