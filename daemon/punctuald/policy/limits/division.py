"""Who may do how much of a queue with limits: its concurrency and its rate, divided among the workers.

A part is taken back before it is given. What a worker was once given counts as its own until it says that it holds no
more than something less, or is gone, be it draining, dying or hung. So the parts never add up to more than the limit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import inf
from types import MappingProxyType
from typing import NamedTuple

from .queue_limits import QueueLimits
from .ticks import PLACES


@dataclass(frozen=True, slots=True)
class Part:
    """What one worker may do of one queue. ``concurrency``: messages at once. ``places``: which of the `PLACES` of a
    rate of ``rate_per_second``, which is the whole queue's. None = no limit."""

    concurrency: int | None = None
    rate_per_second: float | None = None
    places: frozenset[int] = frozenset()

    @property
    def is_nothing(self) -> bool:
        """Whether it starts no message."""
        return self.concurrency == 0 or (self.rate_per_second is not None and not self.places)


class Claim(NamedTuple):
    """What one worker has use for: ``messages`` at once, and ``places`` of a rate."""

    messages: float = inf
    places: float = inf


ALL_OF_IT = Claim()
NO_CLAIMS: Mapping[int, Claim] = MappingProxyType({})
UNLIMITED = Part()
ALL_PLACES = frozenset(range(PLACES))


def nothing_of(limits: QueueLimits) -> Part:
    """What a worker begins with, until it hears what its part is."""
    return Part(None if limits.concurrency is None else 0, limits.rate_per_second)


def join(one: Part, other: Part) -> Part:
    """What a worker may hold that holds one of the two, and it is not known which."""
    unlimited = one.concurrency is None or other.concurrency is None
    concurrency = None if unlimited else max(one.concurrency or 0, other.concurrency or 0)
    if one.rate_per_second == other.rate_per_second:
        return Part(concurrency, one.rate_per_second, one.places | other.places)
    for part, beside in ((one, other), (other, one)):
        if part.rate_per_second is not None and not part.places:
            return Part(concurrency, beside.rate_per_second, beside.places)
    return Part(concurrency)


def wanted_parts(limits: QueueLimits, seats: Sequence[int], claims: Mapping[int, Claim] = NO_CLAIMS) -> dict[int, Part]:
    """What each worker with a seat should come to, one without a claim as if it had use for everything; one without a
    seat has nothing."""
    if not seats:
        return {}
    known = [claims.get(worker, ALL_OF_IT) for worker in seats]
    at_once: Sequence[int | None] = [None] * len(seats)
    if limits.concurrency is not None:
        at_once = divided(limits.concurrency, [claim.messages for claim in known])
    places: Sequence[frozenset[int]] = [frozenset()] * len(seats)
    if limits.rate_per_second is not None:
        places = _dealt(tuple(divided(PLACES, [claim.places for claim in known])))
    return {
        worker: Part(at_once[number], limits.rate_per_second, places[number]) for number, worker in enumerate(seats)
    }


def divided(whole: int, claims: Sequence[float]) -> list[int]:
    """``whole`` in a part for each claim, of which there are no more: equal ones, but one is larger as far as that is
    claimed and others claim less. What nobody claims makes them more equal. None is nothing: it shows a need."""
    claimed = [int(max(1, min(whole, claim))) for claim in claims]
    takes, order = (min, 1) if sum(claimed) > whole else (max, -1)
    parts, left = dict[int, int](), whole
    for number in sorted(range(len(claimed)), key=lambda number: order * claimed[number]):
        equal = -(-left // (len(claimed) - len(parts)))
        parts[number] = takes(claimed[number], equal)
        left -= parts[number]
    return [parts[number] for number in range(len(claimed))]


def parts_now(limits: QueueLimits, held: Mapping[int, Part], wanted: Mapping[int, Part]) -> dict[int, Part]:
    """What each worker of ``held`` is to have from now on, where it holds that now: less at once, more only as far as
    nobody else holds it."""
    nothing = nothing_of(limits)
    targets = {worker: wanted.get(worker, nothing) for worker in held}
    free = _free_concurrency(limits, held)
    parts = {}
    for worker, target in targets.items():
        concurrency, free = _concurrency(held[worker].concurrency, target.concurrency, free)
        parts[worker] = Part(concurrency, limits.rate_per_second, _places(limits, held, worker, target))
    return parts


@lru_cache(maxsize=256)
def _dealt(numbers: tuple[int, ...]) -> tuple[frozenset[int], ...]:
    """So many places for each, as evenly apart as can be. Each keeps some of those that it has when parts are equal, so
    that it is never without any while its part becomes a smaller or a larger one."""
    equal = [range(number, PLACES, len(numbers)) for number in range(len(numbers))]
    dealt = [set(_some(own, number)) for own, number in zip(equal, numbers, strict=True)]
    lacking = [number - len(own) for number, own in zip(numbers, dealt, strict=True)]
    left = sorted(ALL_PLACES.difference(*dealt))
    for count, place in enumerate(left, start=1):
        behind = [lacks * count - len(left) * had for lacks, had in zip(lacking, _gained(dealt, equal), strict=True)]
        dealt[behind.index(max(behind))].add(place)
    return tuple(map(frozenset, dealt))


def _some(places: Sequence[int], number: int) -> Sequence[int]:
    return places if number >= len(places) else [places[len(places) * each // number] for each in range(number)]


def _gained(dealt: Sequence[set[int]], equal: Sequence[range]) -> list[int]:
    return [len(own.difference(before)) for own, before in zip(dealt, equal, strict=True)]


def _free_concurrency(limits: QueueLimits, held: Mapping[int, Part]) -> int:
    if limits.concurrency is None:
        return 0
    numbers = [part.concurrency for part in held.values()]
    # One that began when there was no limit may be at any number of messages until it says at how many.
    return 0 if None in numbers else max(0, limits.concurrency - sum(number or 0 for number in numbers))


def _concurrency(held: int | None, target: int | None, free: int) -> tuple[int | None, int]:
    """The worker's part, and what is free after it. One that had no limit has nothing until it keeps to that."""
    if target is None or held is None:
        return (target if target is None else 0), free
    if target <= held:
        return target, free
    more = min(target - held, free)
    return held + more, free - more


def _places(limits: QueueLimits, held: Mapping[int, Part], worker: int, target: Part) -> frozenset[int]:
    if limits.rate_per_second is None or _is_of_another_rate(held[worker], limits.rate_per_second):
        return frozenset()
    return target.places - _held_by_others(limits.rate_per_second, held, worker)


def _held_by_others(rate_per_second: float, held: Mapping[int, Part], worker: int) -> frozenset[int]:
    found = frozenset[int]()
    for other, part in held.items():
        if other != worker:
            found |= ALL_PLACES if _is_of_another_rate(part, rate_per_second) else part.places
    return found


def _is_of_another_rate(part: Part, rate_per_second: float) -> bool:
    """Whether whoever holds it starts handlers at times of its own: without a limit, or by another rate's ticks."""
    return part.rate_per_second is None or (part.rate_per_second != rate_per_second and bool(part.places))
