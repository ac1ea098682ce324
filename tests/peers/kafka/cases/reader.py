"""One member of a group, in this process: our source on a real broker, with all that it counts."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self

from confluent_kafka import KafkaError, Producer
from confluent_kafka import Message as RawRecord

from doubles.limited_log import limited_log
from peers.kafka.admin import QUIET
from peers.kafka.server import KafkaServer
from punctuald.clock import SystemClock
from punctuald.model import Message, Metric
from punctuald.source.blocking import in_a_thread
from punctuald.source.kafka.source import KafkaSource
from punctuald.source.kafka.topic import KafkaTopic

PATIENCE_SECONDS = 30.0
LOOK_SECONDS = 0.05


def topic_of(kafka: KafkaServer, topic: str, **options: Any) -> KafkaTopic:
    """Its group is named like it."""
    given = {"group": topic, "commit_interval_seconds": 0.05, **options}
    return KafkaTopic(name=topic, topic=topic, brokers=kafka.bootstrap(), **given)


class Reader:
    """``async with Reader(kafka, "events") as reader: …``"""

    def __init__(self, kafka: KafkaServer, topic: str, **options: Any) -> None:
        self.kafka = kafka
        self.topic = topic_of(kafka, topic, **options)
        self.counts: Counter[Metric] = Counter()

    async def __aenter__(self) -> Self:
        clock = SystemClock()
        self.source = KafkaSource(self.topic, self._count, clock, limited_log(clock))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.source.close()

    async def receive(self, count: int) -> list[Message]:
        """So many, which must come."""
        messages: list[Message] = []
        until_mono = time.monotonic() + PATIENCE_SECONDS
        while len(messages) < count:
            assert time.monotonic() < until_mono, f"only {len(messages)} of {count} came"
            messages += await self.source.receive(min(500, count - len(messages)), 0.5, 0)
        return messages

    async def none_comes(self, seconds: float = 1.0) -> bool:
        """Whether nothing more does."""
        return not await self.source.receive(500, seconds, 0)

    async def finish(self, count: int) -> list[Message]:
        """Receive so many, and all of them are done."""
        messages = await self.receive(count)
        assert await self.source.acknowledge(messages) == []
        return messages

    async def committed(self, expected: Mapping[int, int]) -> bool:
        """Whether the group comes to have committed that."""
        return await self.until(lambda: self.kafka.commits(self.topic.group, self.topic.topic) == expected)

    async def until(self, is_so: Callable[[], bool], seconds: float = PATIENCE_SECONDS) -> bool:
        """Whether it comes to be so; asked in a thread. Receives go on meanwhile, as a worker's do: nothing comes."""
        until_mono = time.monotonic() + seconds
        while not (so := await in_a_thread("look", is_so)) and time.monotonic() < until_mono:
            await asyncio.sleep(LOOK_SECONDS)
        return so

    def _count(self, metric: Metric, n: int = 1) -> None:
        self.counts[metric] += n


def send(kafka: KafkaServer, topic: str, *records: Mapping[str, Any], **settings: Any) -> None:
    """Each as the arguments of `Producer.produce`; returns when all are acknowledged."""
    producer = Producer({**QUIET, **kafka.client_settings(), "linger.ms": 0, **settings})
    failed: list[KafkaError | None] = []

    def answered(error: KafkaError | None, _: RawRecord) -> None:
        failed.append(error)

    for record in records:
        producer.produce(topic, **{"partition": 0, **record}, on_delivery=answered)
    assert producer.flush(PATIENCE_SECONDS) == 0
    assert set(failed) <= {None}


def numbered(count: int, first: int = 0, **more: Any) -> Sequence[Mapping[str, Any]]:
    """Records whose values are numbers."""
    return [{"value": b"%d" % number, **more} for number in range(first, first + count)]


def values(messages: Sequence[Message]) -> list[int]:
    return [int(message.body) for message in messages]
