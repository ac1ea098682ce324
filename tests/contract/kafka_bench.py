"""A topic on librdkafka's mock cluster, in real time."""

from __future__ import annotations

import asyncio
import uuid
from collections import Counter as Tally
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from confluent_kafka import Producer

from contract.bench import MOST
from doubles.kafka.mock_process import MockKafka
from doubles.limited_log import limited_log
from peers.kafka.admin import QUIET, KafkaAdmin
from punctuald.clock import SystemClock
from punctuald.model import NO_ATTRIBUTES, Message, Metric
from punctuald.ports import Source
from punctuald.source.blocking import in_a_thread
from punctuald.source.kafka.client_log import ClientLog
from punctuald.source.kafka.dead_letters import OFFSET_ATTRIBUTE, PARTITION_ATTRIBUTE, TOPIC_ATTRIBUTE
from punctuald.source.kafka.gauge import KafkaGauge
from punctuald.source.kafka.source import KafkaSource
from punctuald.source.kafka.topic import KafkaTopic

LONG_WAIT_SECONDS = 5.0
LOOK_SECONDS = 0.02
PATIENCE_SECONDS = 10.0
CLOSED = "127.0.0.1:9"
PLACE = (TOPIC_ATTRIBUTE, PARTITION_ATTRIBUTE, OFFSET_ATTRIBUTE)
PROMPT: Mapping[str, Any] = {"fetch.wait.max.ms": 20}
"""The mock answers an empty fetch only then, whatever comes meanwhile."""


class KafkaBench:
    """A topic of two partitions, with a dead-letter topic."""

    unreachable_code = "_TRANSPORT"
    reads_by_itself = False

    def __init__(self, runner: asyncio.Runner, mock: MockKafka) -> None:
        self.runner = runner
        self.requests: Tally[Metric] = Tally()
        self._name = f"contract-{uuid.uuid4().hex[:8]}"
        self._dead = f"{self._name}-dead"
        mock.create_topic(self._name, 2)
        mock.create_topic(self._dead, 1)
        self._admin = KafkaAdmin({"bootstrap.servers": mock.bootstrap})
        self._producer = Producer({**QUIET, "bootstrap.servers": mock.bootstrap, "linger.ms": 0})
        self._topic = KafkaTopic(
            name=self._name,
            topic=self._name,
            brokers=mock.bootstrap,
            group=self._name,
            commit_interval_seconds=0.05,
            dead_letter_topic=self._dead,
            properties=PROMPT,
        )
        self._opened: list[Source] = []
        self._log = ClientLog(self._name, limited_log(SystemClock()))
        self._gauge = KafkaGauge(self._topic, lambda _: None, SystemClock(), self._log)
        self.source: Source = runner.run(self._open(self._topic))

    def send(self, body: str, group: str | None = None, attributes: Mapping[str, str] = NO_ATTRIBUTES) -> None:
        self._producer.produce(self._name, body, group, headers=dict(attributes))
        self._producer.flush()

    def send_to(self, partition: str, *bodies: str, key: str | None = None) -> None:
        for body in bodies:
            self._producer.produce(self._name, body, key, partition=int(partition))
        self._producer.flush()

    def partition(self, number: str) -> str:
        return number

    async def receive_after(self, seconds: float) -> Sequence[Message]:
        return await self.source.receive(MOST, seconds + LONG_WAIT_SECONDS, 30)

    async def left(self) -> int:
        """Waits a while for there to be nothing: what is done is committed in its own time."""
        until_mono = SystemClock().mono() + PATIENCE_SECONDS
        while (left := (await in_a_thread("gauge", self._gauge.read)).total) and SystemClock().mono() < until_mono:
            await asyncio.sleep(LOOK_SECONDS)
        return left

    async def checkpoint(self, partition: str, expected: int) -> int:
        until_mono = SystemClock().mono() + PATIENCE_SECONDS
        while (found := await self._committed(partition)) != expected and SystemClock().mono() < until_mono:
            await asyncio.sleep(LOOK_SECONDS)
        return found

    async def without_dead_letters(self) -> Source:
        return await self._open(replace(self._topic, dead_letter_topic=""))

    async def dead_letters(self) -> Sequence[Message]:
        """Without where they stood before."""
        letters = await (await self._open(replace(self._topic, name="dead", topic=self._dead))).receive(MOST, 5, 30)
        return [
            replace(letter, attributes={name: text for name, text in letter.attributes.items() if name not in PLACE})
            for letter in letters
        ]

    async def missing(self) -> Source:
        return await self._open(replace(self._topic, name="nowhere", topic="nowhere"))

    async def unreachable(self) -> Source:
        return await self._open(replace(self._topic, brokers=CLOSED))

    async def close(self) -> None:
        for source in self._opened:
            await source.close()

    async def _open(self, topic: KafkaTopic) -> Source:
        clock = SystemClock()
        self._opened.append(KafkaSource(topic, self._count, clock, limited_log(clock)))
        return self._opened[-1]

    async def _committed(self, partition: str) -> int:
        found = await in_a_thread("commits", lambda: self._admin.commits(self._name, self._name))
        return found.get(int(partition), 0)

    def _count(self, metric: Metric, n: int = 1) -> None:
        self.requests[metric] += n
