"""The two sources in memory, with time turned by their loop."""

from __future__ import annotations

import asyncio
from collections import Counter as Tally
from collections.abc import Mapping, Sequence

from contract.bench import MOST
from punctuald.clock import ManualClock
from punctuald.errors import SourceError, SourceMisconfigured, SourceUnavailable
from punctuald.model import NO_ATTRIBUTES, Message, Metric
from punctuald.ports import Source
from punctuald.source.memory.faults import MemoryFaults
from punctuald.source.memory.gauge import MemoryGauge
from punctuald.source.memory.group import MemoryGroup
from punctuald.source.memory.log import MemoryLog
from punctuald.source.memory.log_source import MemoryLogSource
from punctuald.source.memory.queue import MemoryQueue
from punctuald.source.memory.queue_source import MemoryQueueSource
from punctuald.source.regions import Regions

MISSING = SourceMisconfigured("queue 'nowhere' does not exist", code="QueueDoesNotExist")
UNREACHABLE = SourceUnavailable("can't connect", code="EndpointConnectionError")


class MemoryQueueBench:
    """A queue in memory."""

    unreachable_code = UNREACHABLE.code
    reads_by_itself = False

    def __init__(self, runner: asyncio.Runner, clock: ManualClock, *, ordered: bool) -> None:
        self.runner = runner
        self.requests: Tally[Metric] = Tally()
        self._clock = clock
        self._dead = MemoryQueue("dead", clock, fifo=ordered)
        self._queue = MemoryQueue("orders", clock, ordered, self._dead, max_receive_count=5)
        self.source: Source = MemoryQueueSource(self._queue, self._count)
        self.gauge = MemoryGauge(self._queue.backlog, self._count)

    def send(self, body: str, group: str | None = None, attributes: Mapping[str, str] = NO_ATTRIBUTES) -> None:
        self._queue.send(body, group=group, attributes=attributes)

    async def receive_after(self, seconds: float) -> Sequence[Message]:
        await asyncio.sleep(seconds)
        return await self.source.receive(MOST, 0, 30)

    async def left(self) -> int:
        return self.gauge.read().total

    async def dead_letters(self) -> Sequence[Message]:
        return await MemoryQueueSource(self._dead, self._count).receive(MOST, 0, 30)

    async def missing(self) -> Source:
        return self._broken(MISSING)

    async def unreachable(self) -> Source:
        return self._broken(UNREACHABLE)

    async def close(self) -> None:
        await self.source.close()

    def _broken(self, error: SourceError) -> Source:
        return MemoryQueueSource(MemoryQueue("nowhere", self._clock), self._count, _outage(error))

    def _count(self, metric: Metric) -> None:
        self.requests[metric] += 1


class RegionBench(MemoryQueueBench):
    """A queue in memory as one region of several."""

    def __init__(self, runner: asyncio.Runner, clock: ManualClock, *, ordered: bool) -> None:
        super().__init__(runner, clock, ordered=ordered)
        self.source = self._in_a_region(self.source)

    async def missing(self) -> Source:
        return self._in_a_region(await super().missing())

    async def unreachable(self) -> Source:
        return self._in_a_region(await super().unreachable())

    def _in_a_region(self, source: Source) -> Source:
        return Regions("orders").add(source, "orders@eu-west-1", "eu-west-1")


class MemoryLogBench:
    """A partitioned log in memory, and a consumer that has all of its partitions until `another_source` joins."""

    unreachable_code = UNREACHABLE.code
    reads_by_itself = False

    def __init__(self, runner: asyncio.Runner, clock: ManualClock) -> None:
        self.runner = runner
        self.requests: Tally[Metric] = Tally()
        self.log = MemoryLog("orders", clock, ("0", "1"))
        self.group = MemoryGroup(self.log)
        self.log_source = MemoryLogSource(self.group, self._count)
        self.source: Source = self.log_source
        self._gauge = MemoryGauge(self.group.backlog, self._count)

    def send(self, body: str, group: str | None = None, attributes: Mapping[str, str] = NO_ATTRIBUTES) -> None:
        self.log.send(body, key=group, attributes=attributes)

    def send_to(self, partition: str, *bodies: str, key: str | None = None) -> None:
        for body in bodies:
            self.log.send(body, key=key, partition=partition)

    async def checkpoint(self, partition: str, expected: int) -> int:
        del expected  # it is committed at once
        return self.group.checkpoint(partition)

    async def without_dead_letters(self) -> Source:
        self.log.dead_letters = None
        return self.source

    def another_source(self) -> MemoryLogSource:
        """One more consumer of the group, which joins with its first receive."""
        return MemoryLogSource(self.group, self._count)

    def partition(self, number: str) -> str:
        return number

    async def receive_after(self, seconds: float) -> Sequence[Message]:
        await asyncio.sleep(seconds)
        return await self.source.receive(MOST, 0, 30)

    async def left(self) -> int:
        return self._gauge.read().total

    async def dead_letters(self) -> Sequence[Message]:
        """The dead letters as messages: what a consumer of theirs would get."""
        letters = self.log.dead_letters or []
        return [
            Message(str(letter.offset), "dead", letter.body, "", 0, 0, group=letter.key, attributes=letter.attributes)
            for letter in letters
        ]

    async def missing(self) -> Source:
        return MemoryLogSource(MemoryGroup(self.log), self._count, _outage(MISSING))

    async def unreachable(self) -> Source:
        return MemoryLogSource(MemoryGroup(self.log), self._count, _outage(UNREACHABLE))

    async def close(self) -> None:
        await self.source.close()

    def _count(self, metric: Metric) -> None:
        self.requests[metric] += 1


def _outage(error: SourceError) -> MemoryFaults:
    faults = MemoryFaults()
    faults.begin_outage(error)
    return faults
