"""A few messages of one queue that go to a handler together, because each takes no time worth a hand-over."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator

from punctuald.delivery.in_flight import InFlight


class MicroBatch:
    """Begun one after the other by the thread that has it.

    The event loop may take back what is not begun, and take what is finished, at any time: to take one end of a deque
    is one step to CPython, so each message has one taker and there is no lock. All other fields are written before the
    hand-over, or by the thread before the batch comes back.
    """

    __slots__ = ("at_once", "begun_mono", "cpu_seconds", "ended_mono", "finished", "queue", "size", "unstarted")

    def __init__(self, items: Iterable[InFlight], queue: int, begun_mono: float, at_once: int) -> None:
        self.unstarted = deque(items)
        self.finished: deque[InFlight] = deque()
        self.size = len(self.unstarted)
        self.queue = queue
        self.begun_mono = begun_mono
        self.ended_mono = begun_mono
        self.at_once = at_once  # micro-batches of this queue that run beside one another, this one included
        self.cpu_seconds = 0.0

    def __iter__(self) -> Iterator[InFlight]:
        """One after the other, each taken out when its turn comes."""
        take_next = self.unstarted.popleft
        try:
            while True:
                yield take_next()
        except IndexError:
            return

    def take_unstarted(self) -> list[InFlight]:
        """What no handler was called with, taken out."""
        return _emptied(self.unstarted)

    def take_finished(self) -> list[InFlight]:
        """What its handler has ended, taken out."""
        return _emptied(self.finished)


def _emptied(items: deque[InFlight]) -> list[InFlight]:
    taken: list[InFlight] = []
    try:
        while True:  # never asks how many: the thread may take from it at the same time
            taken.append(items.popleft())
    except IndexError:
        return taken
