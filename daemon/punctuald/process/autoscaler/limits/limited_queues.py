"""What the limits of queues, and pauses, mean for the number of workers, as the workers' rows show it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from math import inf
from typing import NamedTuple

from punctuald.model import Backlog
from punctuald.policy.limits.needed import needed_slots, slots_hold_back
from punctuald.policy.limits.queue_limits import QueueLimits, limited_as
from punctuald.policy.pool.handler_slots import HandlerKind, SlotUse, added_up
from punctuald.process.autoscaler.sliding_window import SlidingWindow
from punctuald.stats.board.row_reader import RowReader

_SERVICE_SECONDS = 60.0  # older ones say nothing about now

Served = Mapping[str, tuple[float, int]]
"""By queue: for how many seconds handlers have worked on it, and at how many messages."""


class _Slots(NamedTuple):
    """Those that one queue's messages can use: their kind, how many each worker has, whether more would help."""

    kind: HandlerKind
    of_each: float
    hold_back: bool


class LimitedQueues:
    """``queues`` are all, in their order, each with its limits; ``rows`` are those of all workers, and ``down`` the
    indexes of queues whose downstream is away. Until a worker says how many slots it has, there are
    ``slots_per_worker``."""

    def __init__(
        self,
        queues: Mapping[str, QueueLimits],
        rows: Callable[[], Sequence[RowReader]],
        down: Callable[[], frozenset[int]],
        slots_per_worker: int,
    ) -> None:
        self._names = tuple(queues)
        self._limits = {limited_as(queue): each for queue, each in queues.items() if each.any}
        self._rows = rows
        self._down = down
        self._last_slots = dict.fromkeys(self._limits, (HandlerKind.FUNCTION, float(slots_per_worker)))
        self._served = {whole: SlidingWindow(_SERVICE_SECONDS) for whole in self._limits}
        self.limited = frozenset(queue for queue in queues if limited_as(queue) in self._limits)

    def without_backlog(self) -> frozenset[int]:
        """The indexes of the queues that ask for no worker by having messages: with limits, paused, or down."""
        limited = {index for index, queue in enumerate(self._names) if queue in self.limited}
        return self._down() | self._paused(self._ready()) | limited

    def needed_workers(self, now_mono: float, served: Served, backlogs: Mapping[int, Backlog]) -> float:
        """How many workers have the slots that messages of queues with limits can use: each has some of both kinds.
        ``backlogs`` are by index, where they are known. Regions of a queue share its limits."""
        if not self._limits:
            return 0.0
        ready = self._ready()
        of_no_use = self._paused(ready) | self._down()
        uses = added_up([row.slot_uses() for row in ready])
        by_kind = dict.fromkeys(HandlerKind, 0.0)
        for whole in self._limits:
            slots = self._slots(whole, ready, uses)
            more = slots.hold_back and self._waits(whole, backlogs, of_no_use)
            by_kind[slots.kind] += self._of(whole, now_mono, served, ready, more=more) / slots.of_each
        return max(by_kind.values())

    def _slots(self, whole: str, ready: Sequence[RowReader], uses: Sequence[SlotUse]) -> _Slots:
        kind, of_each = self._last_slots[whole]
        row = next((row for row in reversed(ready) if whole in _places(row.layout.queues)), None)
        if row is not None:
            kind = row.handler_kind(_places(row.layout.queues)[whole][-1])
        use = uses[kind]
        if use.slots:
            of_each = use.slots / len(ready)
        self._last_slots[whole] = kind, of_each
        return _Slots(kind, of_each, slots_hold_back(use.busy, use.slots))

    def _of(self, whole: str, now_mono: float, served: Served, ready: Sequence[RowReader], *, more: bool) -> float:
        known = [served[queue] for queue in self._regions(whole) if queue in served]
        seconds, count = self._served[whole].increase(
            now_mono, sum(seconds for seconds, _ in known), sum(count for _, count in known)
        )
        running = sum(row.limits(place).running for row in ready for place in _places(row.layout.queues).get(whole, ()))
        return needed_slots(self._limits[whole], running, seconds / count if count else None, more_could_run=more)

    def _waits(self, whole: str, backlogs: Mapping[int, Backlog], of_no_use: frozenset[int]) -> bool:
        """Whether it has messages that could run. Unknown is not zero, and its limits bound what is made of it."""
        visible = [
            inf if index not in backlogs else backlogs[index].visible
            for index in _places(self._names)[whole]
            if index not in of_no_use
        ]
        return any(visible)

    def _regions(self, whole: str) -> list[str]:
        return [self._names[index] for index in _places(self._names)[whole]]

    def _paused(self, ready: Sequence[RowReader]) -> frozenset[int]:
        paused = {row.layout.queues[place] for row in ready for place in row.paused}
        return frozenset(index for index, queue in enumerate(self._names) if queue in paused)

    def _ready(self) -> list[RowReader]:
        return [row for row in self._rows() if row.ready_mono is not None]


@lru_cache(maxsize=16)
def _places(queues: tuple[str, ...]) -> Mapping[str, Sequence[int]]:
    """The indexes of each queue's regions, by the name that its limits stand under."""
    places: dict[str, list[int]] = {}
    for index, queue in enumerate(queues):
        places.setdefault(limited_as(queue), []).append(index)
    return places
