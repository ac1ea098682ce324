"""How many messages of one queue this worker may start now, and how many it may ask for: by a pause, and its part of
the queue's limits."""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from sys import maxsize

from punctuald.model import LimitGauges

from .held_part import Ahead, HeldPart


class StartLimit:
    """Of one queue, or of one region: these share ``part``, and are paused each by itself.

    What waits here takes no room of the worker's other queues, and is held: its leases are renewed, and it is not
    tried. ``on_change`` are called when more or less may be started, or asked for, than before, ``on_start`` when
    messages were started, so that others may be asked for, and ``on_running`` when another number runs. ``waiting``
    says how many messages are here that could start but for the limit, ``suspects`` how many more have to run alone,
    ``under_way`` how many were asked for.

    `is_apart` says whether its messages wait beside those of other queues, instead of among them. It is kept, since it
    is looked up several times for each message of queues that have no limit.
    """

    def __init__(self, part: HeldPart) -> None:
        self._part = part
        self.paused = False
        self.is_apart = part.is_limited
        self.running = 0
        self.starts = 0
        self.on_change: list[Callable[[], None]] = []
        self.on_start: list[Callable[[], None]] = []
        self.on_running: Callable[[], None] = lambda: None
        self.waiting: Callable[[], int] = int
        self.suspects: Callable[[], int] = int
        self.under_way: Callable[[], int] = int
        part.on_change.append(self._changed)
        part.here.append(lambda: 0 if self.paused else self.waiting() + self.under_way())

    @property
    def is_limited(self) -> bool:
        """Whether there is a limit, paused or not."""
        return self._part.is_limited

    @property
    def is_shut(self) -> bool:
        """Whether nothing starts until the supervisor says otherwise."""
        return self.paused or self._part.part.is_nothing

    @property
    def starts_one_by_one(self) -> bool:
        """Whether each start of a handler counts, so that messages are not handed over together."""
        return self._part.has_rate

    @property
    def gauges(self) -> LimitGauges:
        """What it comes to here. A suspect needs a part as well, and nobody would have one for a worker that showed
        none of its suspects; but they keep nothing else from being asked for."""
        waiting = self.waiting() + self.suspects() if self.is_apart else 0
        return LimitGauges(self.running, waiting, self.paused, self.starts)

    def pause(self) -> None:
        """Start nothing, and ask for nothing, until `resume`."""
        self.paused = True
        self._changed()

    def resume(self) -> None:
        """The end of a pause."""
        self.paused = False
        self._changed()

    # --- what the dispatcher asks and says

    def startable(self) -> int:
        """How many messages may start now."""
        return 0 if self.paused else min(self._part.places_left(), self._part.calls_left())

    def in_one_call(self, most: int) -> int:
        """How many messages one call of a handler that takes several may have: the call is one start."""
        return max(0, min(most, self._part.places_left())) if self.startable() > 0 else 0

    def next_mono(self) -> float:
        """When more may start by time alone; never (infinity) where something else has to happen first."""
        return inf if self.paused else self._part.next_mono()

    def starts_within(self, seconds: float) -> int:
        """See `HeldPart.starts_within`."""
        return 0 if self.paused else self._part.starts_within(seconds)

    def started(self, messages: int) -> None:
        """One call of a handler, with so many messages at once."""
        self.running += messages
        self.starts += 1
        self._part.started(messages)
        if self.is_apart:
            self.on_running()
            for call in self.on_start:
                call()

    def started_early(self) -> None:
        """See `HeldPart.started_early`."""
        self.running += 1
        self.starts += 1
        self._part.started_early()
        self.on_running()

    def ended(self, messages: int) -> None:
        """So many run no more."""
        self.running -= messages
        self._part.running -= messages
        if self.is_apart:
            self.on_running()

    def askable(self, ahead: Ahead) -> int:
        """How many messages may be asked for now."""
        if self.paused:
            return 0
        return self._part.askable(ahead) if self._part.is_limited else maxsize

    def _changed(self) -> None:
        self.is_apart = self.paused or self._part.is_limited
        for call in self.on_change:
            call()
