"""Commits how far each partition is done, a while after it changed: one request for what thousands of records moved."""

from __future__ import annotations

import asyncio

from punctuald.errors import SourceError
from punctuald.logs.limited import LimitedLog
from punctuald.model import Metric
from punctuald.ports import Count
from punctuald.source.background import in_the_background
from punctuald.source.kafka.partitions.topic_buffer import TopicBuffer
from punctuald.source.kafka.topic import KafkaTopic

from .client import KafkaClient
from .membership import Membership

LOG_AFTER_FAILURES = 3
"""A coordinator that moves refuses a commit or two, and the next one says all that they did."""


class Commits:
    """A commit that fails is not repeated: the next one goes further."""

    def __init__(
        self, topic: KafkaTopic, member: Membership, buffer: TopicBuffer, limited: LimitedLog, count: Count
    ) -> None:
        self._topic = topic
        self._member = member
        self._buffer = buffer
        self._limited = limited
        self._count = count
        self._task: asyncio.Task[None] | None = None
        self._failures = 0

    def start(self) -> None:
        """Begin, unless it has begun."""
        if self._task is None:
            self._task = in_the_background(self._commit_for_ever())

    def stop(self) -> None:
        """Commit no more; the last commit is made when the partitions go."""
        if self._task is not None:
            self._task.cancel()

    async def _commit_for_ever(self) -> None:
        while True:
            await asyncio.sleep(self._topic.commit_interval_seconds)
            try:
                await self._commit()
            except SourceError as error:
                self._failed(str(error))

    async def _commit(self) -> None:
        if not self._member.is_open:
            return
        if self._buffer.has_idle_partitions:
            self._buffer.read_up_to(await self._member.call(KafkaClient.positions))
        checkpoints = self._buffer.checkpoints()
        asked, answer = await self._member.call(lambda client: (client.commit(checkpoints), client.commit_answer()))
        if asked:
            self._count(Metric.REQUEST_ACKNOWLEDGE)
        is_answered, refusal = answer
        if refusal is not None:
            self._failed(refusal.str())
        elif is_answered:
            self._failures = 0

    def _failed(self, text: str) -> None:
        self._failures += 1
        if self._failures >= LOG_AFTER_FAILURES:
            self._limited.warning("kafka.commit_failed", queue=self._topic.name, text=text, failures=self._failures)
