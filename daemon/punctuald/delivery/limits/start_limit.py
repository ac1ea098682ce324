"""How many messages of one queue this worker may start now, and how many it may ask for."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil, inf
from sys import maxsize
from typing import NamedTuple

from punctuald.clock import Clock
from punctuald.logs import logger
from punctuald.policy.limits.division import Part, nothing_of
from punctuald.policy.limits.queue_limits import NO_LIMITS, QueueLimits
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


class StartLimit:
    """Of one queue, or of all regions of one. A worker begins with nothing where there is a limit, until it hears what
    its part is.

    What waits here takes no room of the worker's other queues, and is held: its leases are renewed, and it is not
    tried. ``on_change`` are called when more or less may be started, or asked for, than before, ``on_start`` when
    messages were started, so that others may be asked for, and ``on_running`` when another number runs. ``waiting`` say
    how many messages each region has here that could start but for the limit, ``under_way`` how many it has asked for.
    """

    def __init__(self, clock: Clock, queue: str = "", limits: QueueLimits = NO_LIMITS) -> None:
        self.queue = queue
        self._clock = clock
        self._part = nothing_of(limits)
        self._rate = RateShare(limits.rate_per_second) if limits.rate_per_second else None
        self.paused = False
        self.running = 0
        self.on_change: list[Callable[[], None]] = []
        self.on_running: Callable[[], None] = lambda: None
        self.on_start: list[Callable[[], None]] = []
        self.waiting: list[Callable[[], int]] = []
        self.under_way: list[Callable[[], int]] = []

    @property
    def is_apart(self) -> bool:
        """Whether its messages wait beside those of other queues, instead of among them."""
        return self.paused or self._part.concurrency is not None or self._rate is not None

    @property
    def is_shut(self) -> bool:
        """Whether nothing starts until the supervisor says otherwise."""
        return self.paused or self._part.is_nothing

    @property
    def starts_one_by_one(self) -> bool:
        """Whether each start of a handler counts, so that messages are not handed over together."""
        return self._rate is not None

    @property
    def part(self) -> Part:
        """What the supervisor said last that this worker may do."""
        return self._part

    @property
    def all_waiting(self) -> int:
        """How many messages wait here for this limit."""
        return sum(count() for count in self.waiting) if self.is_apart else 0

    # --- what the supervisor says

    def pause(self) -> None:
        """Start nothing, and ask for nothing, until `resume`."""
        self._change(paused=True, part=self._part)

    def resume(self) -> None:
        """The end of a pause."""
        self._change(paused=False, part=self._part)

    def take(self, part: Part) -> None:
        """This is its part from now on. What runs beyond it goes on to its end."""
        self._change(paused=self.paused, part=part)

    def _change(self, *, paused: bool, part: Part) -> None:
        self.paused, self._part = paused, part
        if part.rate_per_second is None:
            self._rate = None
        else:
            before = self._rate or RateShare(part.rate_per_second)
            self._rate = with_places(before, part.rate_per_second, sorted(part.places), self._clock.mono())
        self._changed()

    # --- what the dispatcher asks and says

    def startable(self) -> int:
        """How many messages may start now."""
        if self.paused:
            return 0
        return min(self._places_left(), self._calls_left())

    def in_one_call(self, most: int) -> int:
        """How many messages one call of a handler that takes several may have: the call is one start."""
        return max(0, min(most, self._places_left())) if self._calls_left() > 0 else 0

    def next_mono(self) -> float:
        """When more may start by itself, that is by time; never (infinity) where something else has to happen first."""
        if self.is_shut or self._rate is None or self._places_left() <= 0:
            return inf
        return next_start_mono(self._rate, self._clock.mono())

    def started(self, messages: int) -> None:
        """One call of a handler, with so many messages at once."""
        self.running += messages
        if self._rate is not None:
            now_mono = self._clock.mono()
            self._rate = after_starts(self._rate, 1, now_mono)
            log.debug("limit.started", queue=self.queue, mono=now_mono)
        self.on_running()
        if self.is_apart:
            for call in self.on_start:
                call()

    def started_early(self) -> None:
        """A suspect, with nothing beside it: its worker stood still for it, and is not to do so for a tick as well."""
        self.running += 1
        if self._rate is not None:
            self._rate = after_early_start(self._rate, self._clock.mono())
        self.on_running()

    def ended(self, messages: int) -> None:
        """So many run no more."""
        self.running -= messages
        self.on_running()

    # --- what a consumer asks

    def askable(self, ahead: Ahead) -> int:
        """How many messages may be asked for now. What can't start soon waits at its source, where others can have it.
        To be asked only while it `is_apart`."""
        here = self.all_waiting + sum(count() for count in self.under_way)
        if self.is_shut:
            return max(0, 1 - here) if ahead.shows_need and not self.paused else 0
        return max(0, min(self._by_rate(here, ahead), self._by_concurrency(ahead) - here))

    def _by_rate(self, here: int, ahead: Ahead) -> int:
        if self._rate is None:
            return maxsize
        most = min(ahead.most, ahead.batch_size * (1 + ceil(self._rate.per_second * AHEAD_SECONDS)))
        return most - here if 2 * here <= most else 0  # a request costs the same for one message as for ten

    def _by_concurrency(self, ahead: Ahead) -> int:
        at_once = self._part.concurrency
        if at_once is None:
            return maxsize
        return budget(at_once, ahead.mean_service_seconds, ahead.seconds, 0.0, ahead.most) - self.running

    def _places_left(self) -> int:
        at_once = self._part.concurrency
        return maxsize if at_once is None else at_once - self.running

    def _calls_left(self) -> int:
        return maxsize if self._rate is None else startable(self._rate, self._clock.mono())

    def _changed(self) -> None:
        for call in self.on_change:
            call()
