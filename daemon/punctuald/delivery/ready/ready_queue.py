"""What could start now, over all queues whose handlers share a runner."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from punctuald.delivery.in_flight import InFlight
from punctuald.delivery.limits.slot_shares import SlotShares
from punctuald.delivery.limits.start_limit import StartLimit
from punctuald.policy.delivery.priority import Priority

from .deadline_heap import MOST_URGENT, DeadlineHeap, Urgency


class ReadyQueue:
    """A deadline heap for each queue: what starts together is of one queue.

    ``suspects`` are apart from all that, and do not count: they start one by one, with nothing beside them. Nor does
    what a limit of its queue may keep from starting: it must not look as if all slots had work.
    """

    def __init__(self) -> None:
        self._heaps: dict[int, DeadlineHeap] = {}
        self._limits: dict[int, StartLimit] = {}
        self.shares = SlotShares()
        self.suspects: list[InFlight] = []

    def __len__(self) -> int:
        return sum([len(heap) for queue, heap in self._heaps.items() if heap and not self._is_apart(queue)])

    def limit(self, queue: int, limit: StartLimit) -> None:
        """What of this queue may start is for ``limit`` to say."""
        self._limits[queue] = limit
        limit.waiting = lambda: len(self.of(queue))
        limit.suspects = lambda: sum(item.queue == queue for item in self.suspects)

    def _is_apart(self, queue: int) -> bool:
        limit = self._limits.get(queue)
        return limit is not None and limit.is_apart

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
        if len(urgencies) > 1 and not self.shares.are_even:
            return self._by_weight(urgencies)
        return min(urgencies)[1] if urgencies else None

    def _by_weight(self, urgencies: Sequence[tuple[Urgency, int]]) -> int:
        first_urgency, first = min(urgencies)
        if first_urgency == MOST_URGENT:  # at a stop: it would not come again
            return first
        chosen = self.shares.next_of([queue for (priority, _), queue in urgencies if priority is Priority.HIGH])
        return first if chosen is None else chosen

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
