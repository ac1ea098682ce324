"""The messages of one queue that could start now, most urgent first."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from heapq import heapify, heappop, heappush

from punctuald.delivery.in_flight import InFlight
from punctuald.policy.delivery.priority import Priority, classify

Urgency = tuple[Priority, float]
"""Class and deadline: the smaller one runs first, over all queues."""

Entry = tuple[float, int, InFlight]
"""Deadline, and who came first among equals."""

MOST_URGENT: Urgency = (Priority.HIGH, float("-inf"))


class DeadlineHeap:
    """One heap by deadline for each threshold.

    A message's class depends on the time, and a heap can't hold keys that change. But of two messages with the same
    threshold, the one with the earlier deadline has always used more of it, so their order never changes; only the
    heads, one for each threshold, have to be compared anew at each look.

    To take a message out before its turn, which is rare, goes through all of them: no more than a worker may hold.
    """

    def __init__(self) -> None:
        self._by_threshold: dict[float, list[Entry]] = {}
        self._first: deque[InFlight] = deque()
        self._sequence = 0
        self._size = 0  # kept, for it is asked for several times with each answer of the source

    def __len__(self) -> int:
        return self._size

    def add(self, items: Iterable[InFlight]) -> None:
        """Let ``items`` start when their turn comes."""
        by_threshold, sequence = self._by_threshold, self._sequence
        for item in items:
            sequence += 1
            heap = by_threshold.get(item.tier_target.threshold_seconds)
            if heap is None:
                heap = by_threshold[item.tier_target.threshold_seconds] = []
            heappush(heap, (item.deadline_mono, sequence, item))
        self._size += sequence - self._sequence
        self._sequence = sequence

    def urgency(self, now_mono: float) -> Urgency | None:
        """How urgent the most urgent one is; None when empty."""
        if self._first:
            return MOST_URGENT
        found = self._most_urgent(now_mono)
        return None if found is None else found[0]

    def pop(self, now_mono: float, most: int) -> list[InFlight]:
        """Up to ``most`` of them, the most urgent ones, taken out; in their order."""
        taken = self._pop(now_mono, most)
        self._size -= len(taken)
        return taken

    def discard(self, item: InFlight) -> bool:
        """Take ``item`` out wherever it is; False where it was not in."""
        if item in self._first:
            self._first.remove(item)
            self._size -= 1
            return True
        for heap in self._by_threshold.values():
            for place, entry in enumerate(heap):
                if entry[2] is item:
                    del heap[place]
                    heapify(heap)
                    self._size -= 1
                    return True
        return False

    def put_first(self, wanted: Callable[[InFlight], bool]) -> None:
        """Let those that are ``wanted`` start before all others, whatever their deadlines."""
        items = self.pop_all()
        self._first.extend(item for item in items if wanted(item))
        self._size += len(self._first)
        self.add(item for item in items if not wanted(item))

    def all(self) -> list[InFlight]:
        """Everything, which stays in: what was put first, then by deadline."""
        entries = sorted(entry for heap in self._by_threshold.values() for entry in heap)
        return [*self._first, *(item for _, _, item in entries)]

    def pop_all(self) -> list[InFlight]:
        """Everything, taken out, in the order in which it came in."""
        entries = [entry for heap in self._by_threshold.values() for entry in heap]
        self._by_threshold.clear()
        first = [*self._first]
        self._first.clear()
        self._size = 0
        return first + [item for _, _, item in sorted(entries, key=lambda entry: entry[1])]

    def _pop(self, now_mono: float, most: int) -> list[InFlight]:
        if self._first:
            return [self._first.popleft() for _ in range(min(most, len(self._first)))]
        if len(self._by_threshold) == 1:  # as nearly always: the order is the heap's, whatever the time is
            (heap,) = self._by_threshold.values()
            return _all_of(heap) if len(heap) <= most else [heappop(heap)[2] for _ in range(most)]
        taken: list[InFlight] = []
        while len(taken) < most and (found := self._most_urgent(now_mono)) is not None:
            taken.append(heappop(found[1])[2])
        return taken

    def _most_urgent(self, now_mono: float) -> tuple[Urgency, list[Entry]] | None:
        found = None
        for threshold_seconds, heap in self._by_threshold.items():
            if heap:
                deadline_mono = heap[0][0]
                urgency = (classify(1.0 - (deadline_mono - now_mono) / threshold_seconds), deadline_mono)
                if found is None or urgency < found[0]:
                    found = (urgency, heap)
        return found


def _all_of(heap: list[Entry]) -> list[InFlight]:
    items = [item for _, _, item in sorted(heap)]
    heap.clear()
    return items
