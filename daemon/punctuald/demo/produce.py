"""The generator: sends telemetry events to a queue or topic at a rate kept in absolute time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from punctuald.clock import Clock
from punctuald.errors import SourceError
from punctuald.ports import SQS_LARGEST_BATCH

from .sender import Pause, SendReceipt
from .telemetry import TelemetryEvent, TelemetryFeed

Send = Callable[[Sequence[TelemetryEvent]], SendReceipt]


@dataclass(frozen=True, slots=True)
class Schedule:
    """``events`` in all, ``burst`` of them every ``interval_seconds``, the first at once."""

    events: int
    interval_seconds: float
    burst: int = 1

    def bursts(self) -> Iterator[tuple[float, int]]:
        """Each burst's time after the start, counted from there so that lateness never adds up, and its size."""
        for number, first in enumerate(range(0, self.events, self.burst)):
            yield number * self.interval_seconds, min(self.burst, self.events - first)


@dataclass(slots=True)
class Production:
    """What was sent so far.

    ``late_max_seconds`` is the latest that a burst started after its time; ``refusal`` is why the last event that
    could not be sent was refused; ``stopped_by`` is empty, or why production ended before its time.
    """

    planned: int
    sent_ids: list[str] = field(default_factory=list)
    unsent: int = 0
    refusal: str = ""
    seconds: float = 0.0
    late_max_seconds: float = 0.0
    stopped_by: str = ""

    @property
    def per_second(self) -> float:
        """Events sent per second over the whole time."""
        return len(self.sent_ids) / self.seconds if self.seconds > 0 else 0.0

    @property
    def problem(self) -> str:
        """Why not every planned event has arrived; empty if it has."""
        return self.stopped_by or (f"{self.unsent} events were refused: {self.refusal}" if self.unsent else "")

    def add(self, receipt: SendReceipt) -> None:
        """Take in what became of one batch."""
        self.sent_ids += receipt.sent_ids
        self.unsent += receipt.unsent
        self.refusal = receipt.refusal or self.refusal


def produce(
    schedule: Schedule,
    feed: TelemetryFeed,
    send: Send,
    *,
    clock: Clock,
    pause: Pause = time.sleep,
    on_burst: Callable[[Production], None] = lambda _: None,
    largest_batch: int = SQS_LARGEST_BATCH,
) -> Production:
    """Send the whole schedule, at most ``largest_batch`` at once. A generator that falls behind sends without pausing
    until it has caught up."""
    production = Production(planned=schedule.events)
    started_mono = clock.mono()
    try:
        for offset_seconds, size in schedule.bursts():
            due_mono = started_mono + offset_seconds
            if (early_seconds := due_mono - clock.mono()) > 0:
                pause(early_seconds)
            production.late_max_seconds = max(production.late_max_seconds, clock.mono() - due_mono)
            for first in range(0, size, largest_batch):
                production.add(send([feed.next_event() for _ in range(min(largest_batch, size - first))]))
            on_burst(production)
    except SourceError as error:
        production.stopped_by = str(error)
    production.seconds = clock.mono() - started_mono
    return production
