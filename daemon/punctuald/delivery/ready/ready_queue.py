"""What could start now, over all queues whose handlers share a runner."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from punctuald.delivery.in_flight import InFlight

from .deadline_heap import DeadlineHeap


class ReadyQueue:
    """A deadline heap for each queue: what starts together is of one queue.

    ``suspects`` are apart from all that, and do not count: they start one by one, with nothing beside them.
    """

    def __init__(self) -> None:
        self._heaps: dict[int, DeadlineHeap] = {}
        self.suspects: list[InFlight] = []

    def __len__(self) -> int:
        return sum(map(len, self._heaps.values()))

    def of(self, queue: int) -> DeadlineHeap:
        """The heap of one queue."""
        heap = self._heaps.get(queue)
        if heap is None:
            heap = self._heaps[queue] = DeadlineHeap()
        return heap

    def all(self) -> list[InFlight]:
        """Everything, in the order in which it would start, queue by queue."""
        return [item for heap in self._heaps.values() for item in heap.all()]

    def add(self, items: Sequence[InFlight]) -> None:
        """Let ``items``, all of one queue, start when their turn comes."""
        if items:
            self.of(items[0].queue).add(items)

    def most_urgent(self, now_mono: float, may_start: Callable[[int], bool]) -> int | None:
        """The queue of the most urgent message, among those queues that ``may_start`` one now; None where none has."""
        filled = [queue for queue, heap in self._heaps.items() if heap]
        if len(filled) == 1:  # as nearly always: comparing costs as much as taking
            return filled[0] if may_start(filled[0]) else None
        urgencies = [
            (urgency, queue)
            for queue in filled
            if may_start(queue) and (urgency := self._heaps[queue].urgency(now_mono)) is not None
        ]
        return min(urgencies)[1] if urgencies else None

    def pop_all(self, queue: int) -> list[InFlight]:
        """Everything of this queue, taken out, in the order in which it came in; then its suspects."""
        suspects = [item for item in self.suspects if item.queue == queue]
        self.suspects = [item for item in self.suspects if item.queue != queue]
        return self.of(queue).pop_all() + suspects

    def discard(self, item: InFlight) -> bool:
        """Take ``item`` out wherever it is; False where it was not in."""
        if item in self.suspects:
            self.suspects.remove(item)
            return True
        heap = self._heaps.get(item.queue)
        return heap is not None and heap.discard(item)
