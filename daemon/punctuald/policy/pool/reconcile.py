"""From the places as they are to the number of workers that is wanted: whom to start, whom to let go.

A replacement is started and ready before the one that it replaces is told to drain, one at a time, so that a rolling
restart costs no capacity. Only drains are ordered here: nobody is killed for being too many.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .fleet import SERVING, Place, State

SURGE = 1
"""Workers above the target while others are being replaced."""


@dataclass(frozen=True, slots=True)
class Dismissal:
    """A worker to drain, and why."""

    index: int
    reason: str


@dataclass(frozen=True, slots=True)
class Muster:
    """What brings the pool to its target."""

    start: tuple[int, ...]
    drain: tuple[Dismissal, ...]


def muster(places: Sequence[Place], target: int, generation: int, busy_slots: Mapping[int, int]) -> Muster:
    """What to do now so that ``target`` workers of ``generation`` serve; ``busy_slots`` by index says who is idle."""
    serving = [place for place in places if place.state in SERVING]
    retiring = [place for place in serving if _retire_reason(place, generation)]
    current = [place for place in serving if not _retire_reason(place, generation)]
    return Muster(
        start=_to_start(places, len(current), len(retiring), target),
        drain=_replaced(current, retiring, target, generation) + _surplus(current, target, busy_slots),
    )


def _retire_reason(place: Place, generation: int) -> str:
    return place.retire_reason or ("settings changed" if place.generation != generation else "")


def _to_start(places: Sequence[Place], current: int, retiring: int, target: int) -> tuple[int, ...]:
    # A place in back-off or FATAL keeps its share of the target: another index must not take over its crash loop.
    waiting = sum(place.state in {State.BACKOFF, State.FATAL} for place in places)
    missing = target - current - waiting
    allowed = target + (SURGE if retiring else 0) - current - retiring - waiting
    free = [place.index for place in places if place.state is State.EMPTY]
    return tuple(free[: max(0, min(missing, allowed))])


def _replaced(
    current: Sequence[Place], retiring: Sequence[Place], target: int, generation: int
) -> tuple[Dismissal, ...]:
    ready = sum(place.state is State.READY for place in current)
    spare = max(0, ready + len(retiring) - target)
    # One that is not ready serves nobody yet: as long as there is one, a ready one must not go in its stead.
    cheapest_first = sorted(retiring, key=lambda place: (place.state is State.READY, place.spawned_mono))
    return tuple(Dismissal(place.index, _retire_reason(place, generation)) for place in cheapest_first[:spare])


def _surplus(current: Sequence[Place], target: int, busy_slots: Mapping[int, int]) -> tuple[Dismissal, ...]:
    def cheapest_to_lose(place: Place) -> tuple[bool, int, int]:
        return (place.state is State.READY, busy_slots.get(place.index, 0), -place.index)

    leaving = sorted(current, key=cheapest_to_lose)[: max(0, len(current) - target)]
    return tuple(Dismissal(place.index, "scaled in") for place in leaving)
