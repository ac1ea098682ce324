"""The messages of one queue that could start now, most urgent first."""

from __future__ import annotations

from collections.abc import Iterable
from heapq import heapify, heappop, heappush

from punctuald.policy.priority import Priority, classify

from .inflight import InFlight

Urgency = tuple[Priority, float]
"""Class and deadline: the smaller one runs first, over all queues."""

Entry = tuple[float, int, InFlight]
"""Deadline, and who came first among equals."""


class ReadyHeap:
    """One heap by deadline for each threshold.

    A message's class depends on the time, and a heap can't hold keys that change. But among messages of one threshold
    the used share of it grows with nothing but an earlier deadline, so there the order by deadline never changes, and
    only the heads, one a threshold, have to be compared anew at each look. Not thread safe.

    It holds no more than a worker may: to take one out before its turn, which is rare, goes through all of them.
    """

    def __init__(self, batch_size: int = 1) -> None:
        self.batch_size = batch_size  # of its queue's handler
        self._by_threshold: dict[float, list[Entry]] = {}
        self._sequence = 0

    def __len__(self) -> int:
        return sum(map(len, self._by_threshold.values()))

    def add(self, items: Iterable[InFlight]) -> None:
        """Let ``items`` run when their turn comes."""
        by_threshold, sequence = self._by_threshold, self._sequence
        for item in items:
            sequence += 1
            heap = by_threshold.get(item.promise.threshold_seconds)
            if heap is None:
                heap = by_threshold[item.promise.threshold_seconds] = []
            heappush(heap, (item.deadline_mono, sequence, item))
        self._sequence = sequence

    def best(self, now_mono: float) -> Urgency | None:
        """How urgent the most urgent one is; None when empty."""
        found = self._best(now_mono)
        return None if found is None else found[0]

    def pop(self, now_mono: float, most: int) -> list[InFlight]:
        """Up to ``most`` of them, the most urgent ones, taken out; in their order."""
        if len(self._by_threshold) == 1:  # as nearly always: the order is the heap's, whatever the time is
            (heap,) = self._by_threshold.values()
            return _all_of(heap) if len(heap) <= most else [heappop(heap)[2] for _ in range(most)]
        taken: list[InFlight] = []
        while len(taken) < most and (found := self._best(now_mono)) is not None:
            taken.append(heappop(found[1])[2])
        return taken

    def discard(self, item: InFlight) -> bool:
        """Take ``item`` out wherever it is; False where it was not in."""
        for heap in self._by_threshold.values():
            for place, entry in enumerate(heap):
                if entry[2] is item:
                    del heap[place]
                    heapify(heap)
                    return True
        return False

    def pop_all(self) -> list[InFlight]:
        """Everything, taken out, in the order in which it came in."""
        entries = [entry for heap in self._by_threshold.values() for entry in heap]
        self._by_threshold.clear()
        return [item for _, _, item in sorted(entries, key=lambda entry: entry[1])]

    def _best(self, now_mono: float) -> tuple[Urgency, list[Entry]] | None:
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
