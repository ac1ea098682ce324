"""This worker's part of one queue's limits, which all regions of the queue have together here."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil, inf
from sys import maxsize
from typing import NamedTuple

from punctuald.clock import Clock
from punctuald.logs import logger
from punctuald.policy.limits.division import Part, nothing_of
from punctuald.policy.limits.queue_limits import QueueLimits
from punctuald.policy.limits.ticks import (
    RateShare,
    after_early_start,
    after_starts,
    next_start_mono,
    startable,
    with_places,
)
from punctuald.policy.receive.prefetch import budget

AHEAD_SECONDS = 1.0
"""So much of its rate a worker holds at most, and asks for more when half of it is left: a receive may take as long."""

log = logger()


class Ahead(NamedTuple):
    """What of a queue is of use here before it can start: what is finished within so many ``seconds``, ``most`` at the
    most. ``shows_need``: a worker without a part has one message all the same, because nobody else can have it and its
    turn comes only if it is known to be there."""

    most: int
    seconds: float
    mean_service_seconds: float | None
    batch_size: int = 1
    shows_need: bool = False


class HeldPart:
    """Nothing where there is a limit, until the worker hears what its part is. ``on_change`` are called when it is
    another one, ``here`` say how many messages each region has here or asked for, that do not run. `is_limited` says
    whether there is a limit."""

    def __init__(self, clock: Clock, queue: str, limits: QueueLimits) -> None:
        self._clock = clock
        self._queue = queue
        self._rate = RateShare(limits.rate_per_second) if limits.rate_per_second else None
        self.part = nothing_of(limits)
        self.is_limited = limits.any
        self.running = 0
        self.on_change: list[Callable[[], None]] = []
        self.here: list[Callable[[], int]] = []

    @property
    def has_rate(self) -> bool:
        """Whether each start of a handler counts."""
        return self._rate is not None

    def take(self, part: Part) -> None:
        """This is its part from now on. What runs beyond it goes on to its end."""
        self.part = part
        if part.rate_per_second is None:
            self._rate = None
        else:
            before = self._rate or RateShare(part.rate_per_second)
            self._rate = with_places(before, part.rate_per_second, sorted(part.places), self._clock.mono())
        self.is_limited = part.concurrency is not None or self._rate is not None
        for call in self.on_change:
            call()

    def places_left(self) -> int:
        """How many more messages may run at once."""
        return maxsize if self.part.concurrency is None else self.part.concurrency - self.running

    def calls_left(self) -> int:
        """How many handlers may start now."""
        return maxsize if self._rate is None else startable(self._rate, self._clock.mono())

    def next_mono(self) -> float:
        """When the next one may by time alone; never (infinity) where something else has to happen first."""
        if self._rate is None or self.part.is_nothing or self.places_left() <= 0:
            return inf
        return next_start_mono(self._rate, self._clock.mono())

    def starts_within(self, seconds: float) -> int:
        """How many handlers may start within so many seconds at the most; while it has no part of a rate, as many as
        all workers together."""
        if self._rate is None:
            return maxsize
        per_second = self._rate.rate_per_second if self._rate.is_empty else self._rate.per_second
        return self.calls_left() + int(per_second * max(0.0, seconds))

    def started(self, messages: int) -> None:
        """One call of a handler, with so many messages at once."""
        self.running += messages
        if self._rate is not None:
            now_mono = self._clock.mono()
            self._rate = after_starts(self._rate, 1, now_mono)
            log.debug("limit.started", queue=self._queue, mono=now_mono)

    def started_early(self) -> None:
        """A suspect, with nothing beside it: its worker stood still for it, and is not to do so for a tick as well."""
        self.running += 1
        if self._rate is not None:
            self._rate = after_early_start(self._rate, self._clock.mono())

    def askable(self, ahead: Ahead) -> int:
        """How many messages may be asked for now. What can't start soon waits at its source, where others can have
        it."""
        here = sum(count() for count in self.here)
        if self.part.is_nothing:
            return max(0, 1 - here) if ahead.shows_need else 0
        return max(0, min(self._by_rate(here, ahead), self._by_concurrency(ahead) - here))

    def _by_rate(self, here: int, ahead: Ahead) -> int:
        if self._rate is None:
            return maxsize
        most = min(ahead.most, ahead.batch_size * (1 + ceil(self._rate.per_second * AHEAD_SECONDS)))
        return most - here if 2 * here <= most else 0  # a request costs the same for one message as for ten

    def _by_concurrency(self, ahead: Ahead) -> int:
        at_once = self.part.concurrency
        if at_once is None:
            return maxsize
        return budget(at_once, ahead.mean_service_seconds, ahead.seconds, 0.0, ahead.most) - self.running
