"""The messages of one queue that could start now, most urgent first."""

from __future__ import annotations

from punctuald.policy.priority import Priority, classify, promotions

from .heap import LazyHeap
from .inflight import InFlight

Urgency = tuple[Priority, float]
"""Class and deadline: the smaller one runs first, over all queues."""


class ReadyHeap:
    """Three heaps by class, earliest deadline first, and one of the moments at which a message changes class.

    A message's class depends on the time, and a heap can't hold keys that change. Sorting anew at each take would cost
    O(n); here a message moves at most twice in its life, at moments known from the start. Not thread safe.
    """

    def __init__(self) -> None:
        self._classes = {priority: LazyHeap[InFlight]() for priority in Priority}
        self._promotions = LazyHeap[InFlight]()
        self._class_of: dict[InFlight, Priority] = {}

    def __len__(self) -> int:
        return len(self._class_of)

    def add(self, item: InFlight, now_mono: float) -> None:
        """Let ``item`` run when its turn comes."""
        left_seconds = item.deadline_mono - now_mono
        self._place(item, classify(1.0 - left_seconds / item.promise.threshold_seconds))

    def best(self, now_mono: float) -> Urgency | None:
        """How urgent the most urgent one is; None when empty."""
        self._promote(now_mono)
        for priority, heap in self._classes.items():
            first = heap.first()
            if first is not None:
                return priority, first[0]
        return None

    def pop(self, now_mono: float) -> InFlight | None:
        """The most urgent one, taken out; None when empty."""
        best = self.best(now_mono)
        popped = None if best is None else self._classes[best[0]].pop()
        if popped is None:
            return None
        self._forget(popped[1])
        return popped[1]

    def discard(self, item: InFlight) -> bool:
        """Take ``item`` out wherever it is; False where it was not in."""
        priority = self._class_of.get(item)
        if priority is None:
            return False
        self._classes[priority].discard(item)
        self._forget(item)
        return True

    def pop_all(self) -> list[InFlight]:
        """Everything, taken out, in the order in which it came in."""
        items = list(self._class_of)
        for item in items:
            self.discard(item)
        return items

    def _place(self, item: InFlight, priority: Priority) -> None:
        self._classes[priority].set(item, item.deadline_mono)
        self._class_of[item] = priority
        upcoming = promotions(item.deadline_mono, item.promise.threshold_seconds)
        if priority is not Priority.HIGH:
            self._promotions.set(item, upcoming.medium_mono if priority is Priority.LOW else upcoming.high_mono)

    def _promote(self, now_mono: float) -> None:
        # One step at a time, by the instants alone: asking `classify` again would let a rounding error at the very
        # instant say «not yet», and no later instant would come to put it right.
        while (item := self._promotions.pop_due(now_mono)) is not None:
            was = self._class_of[item]
            self._classes[was].discard(item)
            self._place(item, Priority(was - 1))

    def _forget(self, item: InFlight) -> None:
        del self._class_of[item]
        self._promotions.discard(item)
