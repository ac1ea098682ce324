"""One worker on one queue in two regions, in memory and on virtual time."""

from __future__ import annotations

import asyncio
from typing import Any

from doubles.delivery.bench import Handlings
from doubles.delivery.virtual_runner import VirtualRunner
from doubles.delivery.worker_bench import WorkerBench
from doubles.source.witnessed_source import WitnessedSource
from punctuald.clock import ManualClock
from punctuald.errors import SourceUnavailable
from punctuald.policy.receive.region_room import RegionRooms
from punctuald.source.memory.faults import MemoryFaults
from punctuald.source.memory.queue import MemoryQueue
from punctuald.source.memory.queue_source import MemoryQueueSource
from punctuald.source.regions import Regions
from punctuald.stats.board.layout import WORD_BYTES
from punctuald.stats.board.tables.copies import COPIES_WORDS, CopyTable

AWAY = SourceUnavailable("no route", code="ConnectTimeout")
EAST, WEST = 0, 1


def copy_table() -> CopyTable:
    return CopyTable(memoryview(bytearray(COPIES_WORDS * WORD_BYTES)).cast("Q"))


class Brokers:
    """What the workers of one daemon have in common."""

    def __init__(self, clock: ManualClock, *, fifo: bool, max_receives: int) -> None:
        dead = MemoryQueue("dead", clock, fifo)
        self.queues = [
            MemoryQueue(f"in{region}", clock, fifo, dead_letter_queue=dead, max_receive_count=max_receives)
            for region in (EAST, WEST)
        ]
        self.faults = [MemoryFaults(latency_seconds=0.01) for _ in self.queues]
        self.copies = copy_table()


class RegionsBench:
    """``EAST`` is the preferred one. With ``like`` another worker of the same daemon."""

    def __init__(
        self,
        clock: ManualClock,
        *,
        slots: int = 4,
        fifo: bool = False,
        max_receives: int = 0,
        weights: tuple[int, int] = (0, 0),
        like: RegionsBench | None = None,
        **options: Any,
    ) -> None:
        self.clock = clock
        self.handlings = Handlings()
        brokers: Brokers = like.brokers if like else Brokers(clock, fifo=fifo, max_receives=max_receives)
        self.brokers: Brokers = brokers
        self.queues, self.faults, self.copies = brokers.queues, brokers.faults, brokers.copies
        regions = Regions("orders")
        self.sources = [
            WitnessedSource(
                regions.add(MemoryQueueSource(queue, lambda _: None, faults), f"orders@{queue.name}", queue.name), clock
            )
            for queue, faults in zip(self.queues, self.faults, strict=True)
        ]
        self.runner = VirtualRunner(slots, clock, self.handlings.seconds_of, self.handlings.outcome_of)
        self.rooms = RegionRooms(weights)
        self.worker = WorkerBench(
            clock,
            self.runner,
            *self.sources,
            rooms=self.rooms,
            copies=self.copies,
            **{"deduplication_attribute": "order_id", **options},
        )

    def send(self, region: int, *bodies: str, order_id: str = "", group: str | None = None) -> list[str]:
        """Their ids."""
        attributes = {"sla_tier": "peak_hours", **({"order_id": order_id} if order_id else {})}
        return [self.queues[region].send(body, attributes=attributes, group=group) for body in bodies]

    async def begin_with(self, *bodies: str, seconds: float, order_id: str = "", group: str | None = None) -> list[str]:
        """The worker starts, ``EAST`` is sent these, and so much time passes; their ids."""
        self.worker.start()
        sent = self.send(EAST, *bodies, order_id=order_id, group=group)
        await asyncio.sleep(seconds)
        return sent

    async def send_each(self, region: int, seconds: float, times: int, name: str) -> list[str]:
        """One message every so many seconds; their bodies."""
        bodies = [f"{name}{number}" for number in range(times)]
        for body in bodies:
            self.send(region, body)
            await asyncio.sleep(seconds)
        return bodies

    def replaced(self) -> RegionsBench:
        """The worker is gone from one moment to the next, and never deleted what it had of ``EAST``, which the next
        one finds back."""
        self.worker.consumer.end()
        successor = RegionsBench(self.clock, like=self)
        successor.worker.start()
        successor.come_back(EAST)
        return successor

    def go_away(self, region: int) -> None:
        self.faults[region].begin_outage(AWAY)

    def come_back(self, region: int) -> None:
        self.faults[region].end_outage()

    def done_after(self, name: str) -> list[float]:
        """How long each message of that name took until its handler had it, on time below 3 s."""
        return [at - message.sent_utc for at, message in self._started(name)]

    def _started(self, name: str) -> list[tuple[float, Any]]:
        ahead = self.clock.utc() - self.clock.mono()
        return [(at + ahead, message) for at, message in self.runner.started if message.body.startswith(name)]

    @property
    def started(self) -> list[str]:
        """The bodies in the order in which handlers were called with them."""
        return [message.body for _, message in self.runner.started]

    def is_empty(self) -> bool:
        return all(queue.backlog().total == 0 for queue in self.queues)
