"""A worker's delivery on the test bench: a scripted source, a recorder that remembers, and a clock turned by hand."""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Callable, Sequence
from math import inf
from typing import Any
from zoneinfo import ZoneInfo

from punctuald.clock import Clock, ManualClock
from punctuald.delivery.inflight import InFlight
from punctuald.delivery.lane import Lane, Shared, Signals
from punctuald.delivery.terms import QueueTerms
from punctuald.errors import SourceError, SourceMisconfigured
from punctuald.model import DONE, Counter, Failure, Message, Outcome, Release, Sample
from punctuald.policy.event_time import EventTime
from punctuald.policy.sla import Calendar, Tier, promise

CALENDAR = Calendar((Tier("peak_hours", 3.0), Tier("batch_mode", 60.0)), ZoneInfo("UTC"))


class RememberingRecorder:
    """A `Recorder` that keeps everything."""

    def __init__(self) -> None:
        self.counts: Tally[tuple[int, Counter]] = Tally()
        self.arrived: Tally[float] = Tally()
        self.groups: list[tuple[int, str, float]] = []
        self.broker_ahead_seconds: float | None = None
        self.saturated_by: set[object] = set()
        self.samples: list[Sample] = []
        self.p99: float | None = None
        self.mean: float | None = None

    def count(self, queue: int, counter: Counter, n: int = 1) -> None:
        self.counts[queue, counter] += n

    def arrivals(self, sent_utcs: Sequence[float]) -> None:
        self.arrived.update(sent_utcs)

    def group(self, queue: int, group: str, now_mono: float) -> None:
        self.groups.append((queue, group, now_mono))

    def broker_ahead(self, seconds: float) -> None:
        self.broker_ahead_seconds = seconds

    def saturated(self, receiver: object, *, yes: bool) -> None:
        (self.saturated_by.add if yes else self.saturated_by.discard)(receiver)

    def sample(self, samples: Sequence[Sample]) -> None:
        self.samples += samples

    def p99_run_seconds(self) -> float | None:
        return self.p99

    def mean_run_seconds(self) -> float | None:
        return self.mean


class ScriptedSource:
    """A `Source` that brings what it is given, notes what it is asked, and fails on demand.

    ``errors[call]`` are raised one a call; ``refusals[handle]`` fails that entry once; ``during[call]`` runs in the
    middle of the next such call, as another thread would.
    """

    def __init__(self, name: str = "orders", *, ordered: bool = False) -> None:
        self._name = name
        self._ordered = ordered
        self.deliveries: list[list[Message]] = []
        self.receives: list[tuple[int, float, int]] = []
        self.acknowledged: list[list[Message]] = []
        self.extended: list[tuple[list[Message], int]] = []
        self.released: list[list[Release]] = []
        self.dead_lettered: list[tuple[Message, str]] = []
        self.errors: dict[str, list[SourceError]] = {}
        self.refusals: dict[str, Failure] = {}
        self.during: dict[str, Callable[[], object]] = {}

    @property
    def name(self) -> str:
        return self._name

    @property
    def ordered(self) -> bool:
        return self._ordered

    def receive(self, room: int, wait_seconds: float, visibility_seconds: int) -> list[Message]:
        self.receives.append((room, wait_seconds, visibility_seconds))
        self._begin("receive")
        return self.deliveries.pop(0) if self.deliveries else []

    def acknowledge(self, messages: Sequence[Message]) -> list[Failure]:
        self.acknowledged.append(list(messages))
        return self._batch("acknowledge", messages)

    def extend(self, messages: Sequence[Message], seconds: int) -> list[Failure]:
        self.extended.append((list(messages), seconds))
        return self._batch("extend", messages)

    def release(self, releases: Sequence[Release]) -> list[Failure]:
        self.released.append(list(releases))
        return self._batch("release", [release.message for release in releases])

    def dead_letter(self, message: Message, reason: str) -> list[Failure]:
        self.dead_lettered.append((message, reason))
        return self._batch("dead_letter", [message])

    def close(self) -> None:
        """Nothing to let go of."""

    def refuse(self, message: Message, *, code: str = "InternalError", retryable: bool = True) -> None:
        """Let the next batch with this handle report it as failed."""
        self.refusals[message.receipt_handle] = Failure(message.receipt_handle, code, "refused", retryable)

    def _begin(self, call: str) -> None:
        if self.errors.get(call):
            raise self.errors[call].pop(0)
        self.during.pop(call, lambda: None)()

    def _batch(self, call: str, messages: Sequence[Message]) -> list[Failure]:
        self._begin(call)
        handles = [message.receipt_handle for message in messages]
        return [self.refusals.pop(handle) for handle in handles if handle in self.refusals]


class Bench:
    """One worker with one queue (or several), stepped by hand."""

    def __init__(
        self, *sources: ScriptedSource, slots: int = 4, clock: Clock | None = None, poison_deaths: int = 3, **terms: Any
    ) -> None:
        self.manual = ManualClock()
        self.clock: Clock = clock or self.manual
        self.recorder = RememberingRecorder()
        self.deaths: dict[str, int] = {}
        self.events: list[str] = []
        self.misconfigured: list[SourceMisconfigured] = []
        self.crashes: list[BaseException] = []
        self.sources = sources or (ScriptedSource(),)
        self.shared = Shared(
            slots=slots,
            queues=len(self.sources),
            tier_names=[tier.name for tier in CALENDAR.tiers],
            calendar=CALENDAR,
            recorder=self.recorder,
            clock=self.clock,
            jitter=lambda: 1.0,
            sample_gap=lambda: inf,
            deaths_of=lambda message_id: self.deaths.get(message_id, 0),
            poison_deaths=poison_deaths,
            on_crash=self.crashes.append,
        )
        signals = Signals(lambda: self.events.append("first receive"), self.misconfigured.append, self.crashes.append)
        self.lanes = [
            Lane(QueueTerms(index, source, EventTime(), **terms), self.shared, signals)
            for index, source in enumerate(self.sources)
        ]
        self.lane = self.lanes[0]
        self.source = self.sources[0]
        self.receiver, self.settler, self.keeper = self.lane.receiver, self.lane.settler, self.lane.keeper
        self.self_service = self.lane.self_service
        self.hands, self.room, self.buffer = self.shared.hands, self.shared.room, self.shared.buffer

    def message(self, message_id: str, *, handle: str = "", group: str | None = None, count: int = 1, age: float = 0.0,
                tier: str = "peak_hours") -> Message:  # fmt: skip
        """A delivery received now, of a message sent ``age`` seconds ago."""
        now_utc = self.clock.utc()
        return Message(
            id=message_id,
            queue="orders",
            body="the body",
            receipt_handle=handle or f"handle of {message_id}",
            sent_utc=now_utc - age,
            received_utc=now_utc,
            receive_count=count,
            group=group,
            attributes={"sla_tier": tier},
        )

    def messages(self, first: int, count: int) -> list[Message]:
        """``count`` deliveries received now, numbered from ``first``."""
        return [self.message(str(number)) for number in range(first, first + count)]

    def item(self, message: Message, lane: int = 0) -> InFlight:
        """In flight, but known to nobody."""
        promised = promise(message, CALENDAR, pinned_tier=None, event_time=EventTime())
        now_mono = self.clock.mono()
        return InFlight(
            message, self.lanes[lane].terms, promised, received_mono=now_mono, lease_until_mono=now_mono + 30
        )

    def receive(self, *messages: Message, lane: int = 0) -> float | None:
        """Let the source bring ``messages`` in one receive."""
        self.sources[lane].deliveries.append(list(messages))
        return self.lanes[lane].receiver.step()

    def take(self) -> list[InFlight]:
        """What a free handler slot would get now."""
        return self.buffer.take(timeout_seconds=0)

    def take_all(self) -> list[InFlight]:
        """What as many free slots as needed would get, in their order."""
        taken: list[InFlight] = []
        while batch := self.take():
            taken += batch
        return taken

    def settle(self, *items: InFlight, outcome: Outcome = DONE) -> None:
        """Handlers are through with ``items``; tell the source at once."""
        for item in items:
            item.outcome = outcome
        self.lane.settler.settle(items)
        self.lane.settler.hurry()
        self.settle_due()

    def settle_due(self) -> None:
        """Let the settler do everything that is due."""
        while self.lane.settler.step():
            pass

    def counted(self, counter: Counter, queue: int = 0) -> int:
        """One counter of one queue."""
        return self.recorder.counts[queue, counter]
