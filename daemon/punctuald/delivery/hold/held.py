"""Messages that wait on purpose, in flight, until they are due."""

from __future__ import annotations

from collections.abc import Callable, Collection
from heapq import heapify, heappop, heappush

from punctuald.clock import Clock
from punctuald.delivery.in_flight import InFlight
from punctuald.delivery.timer import Timer


class Held:
    """By due time. ``on_due`` is called with each when its time has come."""

    def __init__(self, clock: Clock, on_due: Callable[[InFlight], None]) -> None:
        self._clock = clock
        self._on_due = on_due
        self._waiting: list[tuple[float, int, InFlight]] = []
        self._sequence = 0
        self._timer = Timer(clock, self._release_due)

    def hold(self, item: InFlight, until_mono: float) -> None:
        """Let it wait."""
        self._sequence += 1
        heappush(self._waiting, (until_mono, self._sequence, item))
        self._timer.by(self._waiting[0][0])

    def take_out(self, item: InFlight) -> None:
        """Stop holding ``item``. Goes through all that are held, which is slow but rare."""
        self._waiting = [entry for entry in self._waiting if entry[2] is not item]
        heapify(self._waiting)

    def take_out_all(self, items: Collection[InFlight]) -> None:
        """The same of several."""
        self._waiting = [entry for entry in self._waiting if entry[2] not in items]
        heapify(self._waiting)

    def until_mono(self, item: InFlight) -> float | None:
        """Until when it waits; None where it does not."""
        return next((until_mono for until_mono, _, waiting in self._waiting if waiting is item), None)

    def past(self, mono: float) -> list[InFlight]:
        """What is to wait longer than until ``mono``."""
        return [waiting for until_mono, _, waiting in self._waiting if until_mono > mono]

    def stop(self) -> None:
        """Nothing becomes due any more."""
        self._timer.stop()

    def _release_due(self) -> None:
        now_mono = self._clock.mono()
        while self._waiting and self._waiting[0][0] <= now_mono:
            self._on_due(heappop(self._waiting)[2])
        if self._waiting:
            self._timer.by(self._waiting[0][0])
