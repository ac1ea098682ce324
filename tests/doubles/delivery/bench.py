"""One worker on queues in memory, on virtual time: a test sends, says how handlings go, lets time pass, and looks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from doubles.delivery.virtual_runner import Verdict, VirtualRunner
from doubles.delivery.worker_bench import WorkerBench
from doubles.source.witnessed_source import WitnessedSource
from punctuald.clock import ManualClock
from punctuald.delivery.consumer import Consumer
from punctuald.delivery.in_flight import InFlight
from punctuald.model import DONE, Message, Metric, Outcome, OutcomeKind
from punctuald.source.memory.faults import MemoryFaults
from punctuald.source.memory.queue import MemoryQueue
from punctuald.source.memory.queue_source import MemoryQueueSource

FAILED = Outcome(OutcomeKind.FAILED, "boom")
REJECTED = Outcome(OutcomeKind.REJECT, "unknown customer")


@dataclass
class Handlings:
    """How long each message takes and what becomes of it, by its body; a list of outcomes is taken try by try.

    ``verdict``, where there is one, says what becomes of all.
    """

    seconds: dict[str, float] = field(default_factory=dict)
    usual_seconds: float = 0.0625
    outcomes: dict[str, Outcome | list[Outcome]] = field(default_factory=dict)
    verdict: Verdict | None = None

    def seconds_of(self, message: Message) -> float:
        return self.seconds.get(message.body, self.usual_seconds)

    def outcome_of(self, message: Message) -> Outcome:
        if self.verdict is not None:
            return self.verdict(message)
        outcome = self.outcomes.get(message.body, DONE)
        if isinstance(outcome, list):
            return outcome.pop(0) if outcome else DONE
        return outcome


LONG_POLL_SECONDS = 20.0
"""The longest that SQS knows: hours of virtual time then have the fewest polls."""


class DeliveryBench:
    """A worker with ``queues`` queues; the fields without an index are the first one's. Started with `start`."""

    def __init__(
        self,
        clock: ManualClock,
        *,
        queues: int = 1,
        slots: int = 4,
        fifo: bool = False,
        max_receives: int = 0,
        has_dead_letter_queue: bool = True,
        latency_seconds: float = 0.0,
        **options: Any,
    ) -> None:
        self.clock = clock
        self.handlings = Handlings()
        self.deaths: dict[str, int] = {}
        self.lone_deaths: dict[str, int] | None = None  # the same, where nothing else is said
        self.dead = MemoryQueue("dead", clock, fifo=fifo)
        dead = self.dead if has_dead_letter_queue else None
        self.queues = [
            MemoryQueue(f"q{index}", clock, fifo, dead_letter_queue=dead, max_receive_count=max_receives)
            for index in range(queues)
        ]
        self.all_faults = [MemoryFaults(latency_seconds=latency_seconds) for _ in self.queues]
        self.sources = [
            WitnessedSource(MemoryQueueSource(queue, lambda _: None, faults), clock)
            for queue, faults in zip(self.queues, self.all_faults, strict=True)
        ]
        self.runner = VirtualRunner(
            slots,
            clock,
            self.handlings.seconds_of,
            self.handlings.outcome_of,
            together=options.get("batch_size", 1) > 1,
        )
        self.worker = WorkerBench(
            clock,
            self.runner,
            *self.sources,
            deaths_of=lambda message_id: self.deaths.get(message_id, 0),
            lone_deaths_of=self._lone_deaths_of,
            **{"wait_seconds": LONG_POLL_SECONDS, **options},
        )
        self.queue, self.faults, self.source = self.queues[0], self.all_faults[0], self.sources[0]
        self.loop_errors: list[dict[str, Any]] = []
        asyncio.get_running_loop().set_exception_handler(lambda _loop, context: self.loop_errors.append(context))

    @property
    def consumer(self) -> Consumer:
        return self.worker.consumer

    @property
    def started(self) -> list[str]:
        """The bodies in the order in which handlers were called with them."""
        return [message.body for _, message in self.runner.started]

    @property
    def in_hand(self) -> list[str]:
        return [item.message.body for consumer in self.worker.consumers for item in consumer.table.all()]

    def item(self, body: str) -> InFlight:
        """The one in flight with this body."""
        return next(item for item in self.consumer.table.all() if item.message.body == body)

    def send(self, *bodies: str, group: str | None = None, tier: str = "peak_hours", queue: int = 0) -> list[str]:
        """Their ids."""
        return [self.queues[queue].send(body, group=group, attributes={"sla_tier": tier}) for body in bodies]

    def take_away(self, body: str) -> None:
        """Let the lease of what is in flight be over: others can have it at once."""
        entry = self.queue.leased(self.item(body).message.receipt_handle)
        assert entry is not None
        self.queue.hide_again(entry, 0.0)

    def others_receive(self, most: int = 10) -> list[str]:
        """Another consumer takes what it can get, and keeps it for ten minutes."""
        return [entry.body for entry in self.queue.take(most, 600)]

    def left(self) -> list[str]:
        """What is still in the queue, hidden or not; asked at the end, for it lets all leases run out."""
        self.clock.advance(50_000)
        return [entry.body for entry in self.queue.take(1_000, 1)]

    def dead_letters(self) -> list[str]:
        return [entry.body for entry in self.dead.take(1_000, 1)]

    def counted(self, metric: Metric, queue: int = 0) -> int:
        return self.worker.counted(metric, queue)

    def start(self) -> None:
        self.worker.start()

    def _lone_deaths_of(self, message_id: str) -> int:
        return (self.deaths if self.lone_deaths is None else self.lone_deaths).get(message_id, 0)

    async def run_for(self, seconds: float, *bodies: str, group: str | None = None) -> None:
        """Send ``bodies``, start, and let so much time pass."""
        self.send(*bodies, group=group)
        self.start()
        await asyncio.sleep(seconds)

    async def until(self, is_so: Callable[[], bool], patience_seconds: float = 120.0) -> None:
        """Let time pass in steps of 10 ms until ``is_so``."""
        until_mono = self.clock.mono() + patience_seconds
        while not is_so():
            assert self.clock.mono() < until_mono, "it never came"
            await asyncio.sleep(0.01)
