"""Messages that one handler slot took at once, because each takes no time worth sharing."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator

from .inflight import InFlight


class Run:
    """Begun one after the other by the slot that took them, and settled together.

    Any thread may take the rest out of the slot's hands, for one of them may turn out slow. No lock: to take one end of
    a deque is one step to CPython, so each message goes to one taker.
    """

    __slots__ = ("_finished", "_unstarted", "begun_mono", "finished", "queue")

    def __init__(self, items: Iterable[InFlight], queue: int, begun_mono: float) -> None:
        self.queue = queue
        self.begun_mono = begun_mono
        self._unstarted = deque(items)
        self._finished: deque[InFlight] = deque()
        self.finished = self._finished.append  # for the slot: the handler is through with that one

    def __iter__(self) -> Iterator[InFlight]:
        """One after the other, each taken out when the slot starts it."""
        begin_next = self._unstarted.popleft
        try:
            while True:
                yield begin_next()
        except IndexError:
            return

    def take_unstarted(self) -> list[InFlight]:
        """What did not start, taken out."""
        return _emptied(self._unstarted)

    def take_finished(self) -> list[InFlight]:
        """What waits to be settled, taken out."""
        return _emptied(self._finished)


def _emptied(items: deque[InFlight]) -> list[InFlight]:
    taken: list[InFlight] = []
    try:
        while True:  # never asks how many: another thread may take from it at the same time
            taken.append(items.popleft())
    except IndexError:
        return taken
