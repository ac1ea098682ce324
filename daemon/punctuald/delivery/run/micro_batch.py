"""A few messages of one queue that go to a thread together, because each takes less time than a hand-over."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator

from punctuald.delivery.in_flight import InFlight


class MicroBatch:
    """The thread that has the batch begins its messages one after the other.

    At any time the event loop may take back messages that are not begun, and take those that are finished. In CPython,
    taking an item from the end of a deque is one step, so only one of the two can take a message, and no lock is
    needed. All other fields are written before the hand-over, or by the thread before the batch comes back.
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
        """Take out the messages that no handler was called with."""
        return _emptied(self.unstarted)

    def take_finished(self) -> list[InFlight]:
        """Take out the messages whose handler has ended."""
        return _emptied(self.finished)


def _emptied(items: deque[InFlight]) -> list[InFlight]:
    taken: list[InFlight] = []
    try:
        while True:  # without asking for the length: the thread may take from the deque at the same time
            taken.append(items.popleft())
    except IndexError:
        return taken
