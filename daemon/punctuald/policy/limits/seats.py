"""Which workers have a part of a queue with limits, and how many of them.

With a limit on the rate as few as can use all of it: one that has every tick can start a message at once, one that has
every eighth waits for it. Where there is less to have than workers, those that hold messages have their turns.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import ceil
from typing import NamedTuple

from .queue_limits import QueueLimits
from .ticks import PLACES

TURN_SECONDS = 1.0
"""A worker that has messages and no part waits so long for its turn, and has it for so long at least."""

FILLED_SHARE = 0.5
"""Of its handler slots, that a worker with a part should use for this queue: beyond it another one shares the rate."""

NARROWS_SECONDS = 5.0
"""So long fewer workers would have been enough before there are fewer."""


class Need(NamedTuple):
    """What a worker shows of one queue. ``serves``: it is ready and receives: it neither starts nor drains, is not ill,
    and its handlers' module and the queue's source let it have messages. ``running`` and
    ``waiting``: messages of this queue; ``slots`` are those of its handler's kind, and all queues' messages have the
    ``busy_slots``. ``has_part``: it was given one; False while another worker has yet to give it up."""

    worker: int
    serves: bool = True
    running: int = 0
    waiting: int = 0
    busy_slots: int = 0
    slots: int = 1
    has_part: bool = True

    @property
    def is_blocked(self) -> bool:
        """Whether other queues' messages have all of its slots, so that a part is of no use to it just now."""
        return not self.running and self.busy_slots >= self.slots


@dataclass(frozen=True, slots=True)
class Seating:
    """``seats``: the workers that have a part, or are to have the next one, and from when each has; ``waits``: since
    when each other one that holds messages waits for one. ``enough``: how many were enough, and when, of late."""

    seats: Mapping[int, float] = field(default_factory=dict)
    waits: Mapping[int, float] = field(default_factory=dict)
    enough: tuple[tuple[float, int], ...] = ()
    blocked: Mapping[int, float] = field(default_factory=dict)


def seated(before: Seating, needs: Sequence[Need], limits: QueueLimits, now_mono: float) -> Seating:
    """Who has a part from now on. A worker that keeps its own keeps its place among the others."""
    needs = [need for need in needs if need.serves or need.waiting]
    waits = {
        need.worker: before.waits.get(need.worker, now_mono)
        for need in needs
        if need.waiting and need.worker not in before.seats
    }
    enough, blocked = _remembered(before, needs, now_mono), _blocked(before, needs, now_mono)
    rank = _rank(replace(before, waits=waits, blocked=blocked), now_mono)
    chosen = sorted(needs, key=rank)[: _number(needs, limits, enough)]
    workers = _in_their_places(before, [need.worker for need in chosen])
    served = {need.worker for need in needs if need.has_part}
    seats = {worker: before.seats.get(worker, now_mono) if worker in served else now_mono for worker in workers}
    return Seating(seats, {worker: since for worker, since in waits.items() if worker not in seats}, enough, blocked)


def _blocked(before: Seating, needs: Sequence[Need], now_mono: float) -> dict[int, float]:
    blocked = [need.worker for need in needs if need.worker in before.seats and need.is_blocked]
    return {worker: before.blocked.get(worker, now_mono) for worker in blocked}


def _number(needs: Sequence[Need], limits: QueueLimits, enough: Sequence[tuple[float, int]]) -> int:
    most = len(needs) if limits.concurrency is None else min(len(needs), limits.concurrency)
    if limits.rate_per_second is None:
        return most
    return min(most, PLACES, max(number for _, number in enough))


def _remembered(before: Seating, needs: Sequence[Need], now_mono: float) -> tuple[tuple[float, int], ...]:
    recent = [(mono, number) for mono, number in before.enough if now_mono - mono < NARROWS_SECONDS]
    now = _enough(before, needs)
    return (*((mono, number) for mono, number in recent if number > now), (now_mono, now))


def _enough(before: Seating, needs: Sequence[Need]) -> int:
    """Twice as many where all are at their limit: what they could use is not known then."""
    slots = max((need.slots for need in needs), default=1)
    running = sum(need.running for need in needs)
    seats = [need for need in needs if need.worker in before.seats]
    are_full = bool(seats) and all(need.busy_slots >= need.slots for need in seats)
    return max(
        1,
        ceil(running / (FILLED_SHARE * slots)),
        sum(need.waiting > 0 for need in needs),
        2 * len(seats) if are_full else 0,
    )


def _rank(at: Seating, now_mono: float) -> Callable[[Need], tuple[int, float]]:
    """The least comes first. A seat that has been of no use for a turn goes to whoever has a free slot: while its
    worker is at another queue's long handlers, nobody else would ask for this one's messages."""

    def rank(need: Need) -> tuple[int, float]:
        since_mono, waits_mono = at.seats.get(need.worker), at.waits.get(need.worker)
        if since_mono is not None:
            if now_mono - at.blocked.get(need.worker, now_mono) >= TURN_SECONDS:
                return (6, 0.0)
            if not (need.running or need.waiting):
                return (4, 0.0)
            return (0 if now_mono - since_mono < TURN_SECONDS else 2, -since_mono)
        if waits_mono is None:
            return (7 if need.is_blocked else 5, 0.0)
        return (1 if now_mono - waits_mono >= TURN_SECONDS else 3, waits_mono)

    return rank


def _in_their_places(before: Seating, chosen: Sequence[int]) -> list[int]:
    """Those that stay are where they were, new ones where others left: what they hold need not change then."""
    new = [worker for worker in chosen if worker not in before.seats]
    places: list[int] = []
    for worker in list(before.seats)[: len(chosen)]:
        if worker in chosen:
            places.append(worker)
        elif new:
            places.append(new.pop(0))
    return [*places, *(worker for worker in chosen if worker not in places)]
