"""The source beyond the contract, on librdkafka's mock cluster: what goes wrong on the way loses nothing."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from confluent_kafka import KafkaError, Producer

from captured_logs import capture_logs
from doubles.kafka.mock_cluster import Api
from doubles.kafka.mock_process import MockKafka
from doubles.kafka.odd_headers import produce_with_header
from doubles.limited_log import limited_log
from peers.kafka.admin import QUIET, KafkaAdmin
from punctuald.clock import SystemClock
from punctuald.model import Message, Metric
from punctuald.source.kafka.source import KafkaSource
from punctuald.source.kafka.topic import KafkaTopic

PATIENCE = 200


def topic_on(mock: MockKafka, *bodies: str, **options: Any) -> KafkaTopic:
    """A new one with these records in its only partition."""
    name = f"orders-{uuid.uuid4().hex[:8]}"
    mock.create_topic(name, 1)
    producer = Producer({**QUIET, "bootstrap.servers": mock.bootstrap})
    for body in bodies:
        producer.produce(name, body, "k", partition=0)
    producer.flush()
    return KafkaTopic(
        name=name,
        topic=name,
        brokers=mock.bootstrap,
        group=name,
        commit_interval_seconds=0.05,
        properties={"fetch.wait.max.ms": 20},
        **options,
    )


def admin(topic: KafkaTopic) -> KafkaAdmin:
    return KafkaAdmin({"bootstrap.servers": topic.brokers})


@asynccontextmanager
async def opened(topic: KafkaTopic, counted: list[tuple[Metric, int]] | None = None) -> AsyncIterator[KafkaSource]:
    def count(metric: Metric, n: int = 1, /) -> None:
        if counted is not None:
            counted.append((metric, n))

    clock = SystemClock()
    source = KafkaSource(topic, count, clock, limited_log(clock))
    try:
        yield source
    finally:
        await source.close()


async def receive(source: KafkaSource, count: int) -> list[Message]:
    messages: list[Message] = []
    for _ in range(PATIENCE):
        messages += await source.receive(500, 0.1, 0)
        if len(messages) >= count:
            return messages
    raise AssertionError(f"only {len(messages)} came")


def test_an_offset_that_is_gone_is_looked_up_again_until_the_brokers_answer(mock: MockKafka) -> None:
    topic = topic_on(mock, *"0123")
    admin(topic).alter_commits(topic.group, topic.topic, {0: 50})

    async def run() -> None:
        async with opened(topic) as source:
            mock.push_request_errors(Api.LIST_OFFSETS, *[KafkaError.TOPIC_AUTHORIZATION_FAILED] * 2)
            assert [message.body for message in await receive(source, 4)] == ["0", "1", "2", "3"]

    with capture_logs() as logs:
        asyncio.run(run())
    assert [entry["from_offset"] for entry in logs if entry["event"] == "kafka.log_replaced"] == [50]


def test_a_commit_that_is_refused_is_made_again_and_said_after_the_third(mock: MockKafka) -> None:
    topic = topic_on(mock, *"0123")

    async def run() -> None:
        async with opened(topic) as source:
            messages = await receive(source, 4)
            mock.push_request_errors(Api.OFFSET_COMMIT, *[KafkaError.GROUP_AUTHORIZATION_FAILED] * 4)
            await source.acknowledge(messages)
            for _ in range(PATIENCE):
                await source.receive(1, 0.05, 0)  # answers come while records are taken
                if admin(topic).commits(topic.group, topic.topic) == {0: 4}:
                    return
            raise AssertionError("never committed")

    with capture_logs() as logs:
        asyncio.run(run())
    assert [entry["failures"] for entry in logs if entry["event"] == "kafka.commit_failed"][:1] == [3]


def test_a_header_whose_name_is_no_text_costs_the_headers_and_no_record(mock: MockKafka) -> None:
    topic = topic_on(mock, "before")
    produce_with_header(mock.bootstrap, topic.topic, b"odd", b"\xff\xfe")
    produce_with_header(mock.bootstrap, topic.topic, b"after", b"name")
    letters = topic_on(mock)

    async def run() -> None:
        async with opened(replace(topic, dead_letter_topic=letters.topic)) as source:
            before, odd, after = await receive(source, 3)
            assert [message.body for message in (before, odd, after)] == ["before", "odd", "after"]
            assert (dict(odd.attributes), dict(after.attributes)) == ({}, {"name": "1"})
            assert await source.dead_letter(odd, "odd") == []
        async with opened(letters) as source:
            [letter] = await receive(source, 1)
            assert (letter.body, letter.attributes["punctuald.reason"]) == ("odd", "odd")

    with capture_logs() as logs:
        asyncio.run(run())
    assert [entry["offset"] for entry in logs if entry["event"] == "kafka.headers_unreadable"] == [1]
