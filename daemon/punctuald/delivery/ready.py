"""The messages of one queue that could start now, most urgent first."""

from __future__ import annotations

from collections.abc import Iterable
from heapq import heappop, heappush

from punctuald.policy.priority import Priority, classify

from .inflight import InFlight

Urgency = tuple[Priority, float]
"""Class and deadline: the smaller one runs first, over all queues."""


class ReadyHeap:
    """One heap by deadline for each threshold.

    A message's class depends on the time, and a heap can't hold keys that change. But among messages of one threshold
    the used share of it grows with nothing but an earlier deadline, so there the order by deadline never changes, and
    only the heads, one a threshold, have to be compared anew at each look. Not thread safe.

    What is taken out before its turn stays in its heap until it surfaces: the hands hold too little to make it matter.
    """

    def __init__(self, batch_size: int = 1) -> None:
        self.batch_size = batch_size  # of its queue's handler
        self._by_threshold: dict[float, list[tuple[float, int, InFlight]]] = {}
        self._live: dict[InFlight, None] = {}
        self._sequence = 0

    def __len__(self) -> int:
        return len(self._live)

    def add(self, items: Iterable[InFlight]) -> None:
        """Let ``items`` run when their turn comes."""
        live, by_threshold, sequence = self._live, self._by_threshold, self._sequence
        for item in items:
            sequence += 1
            live[item] = None
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
        taken: list[InFlight] = []
        if len(self._by_threshold) == 1:  # as nearly always: the order is the heap's, whatever the time is
            (heap,) = self._by_threshold.values()
            live = self._live
            if len(heap) == len(live) <= most:  # all of them, and none was taken out of its turn
                taken = [item for _, _, item in sorted(heap)]
                heap.clear()
                live.clear()
                return taken
            while heap and len(taken) < most:
                item = heappop(heap)[2]
                if live.pop(item, item) is None:
                    taken.append(item)
            return taken
        while len(taken) < most and (found := self._best(now_mono)) is not None:
            item = heappop(found[1])[2]
            del self._live[item]  # `_best` left no other at the top
            taken.append(item)
        return taken

    def discard(self, item: InFlight) -> bool:
        """Take ``item`` out wherever it is; False where it was not in."""
        return self._live.pop(item, item) is None

    def pop_all(self) -> list[InFlight]:
        """Everything, taken out, in the order in which it came in."""
        items = list(self._live)
        self._live.clear()
        self._by_threshold.clear()
        return items

    def _best(self, now_mono: float) -> tuple[Urgency, list[tuple[float, int, InFlight]]] | None:
        found = None
        for threshold_seconds, heap in self._by_threshold.items():
            while heap and heap[0][2] not in self._live:
                heappop(heap)
            if heap:
                deadline_mono = heap[0][0]
                urgency = (classify(1.0 - (deadline_mono - now_mono) / threshold_seconds), deadline_mono)
                if found is None or urgency < found[0]:
                    found = (urgency, heap)
        return found
