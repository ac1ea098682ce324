"""How much of a limit each worker with a part has use for, by what it did with the part that it had.

Equal parts would leave some of a limit unused where messages come unequally: records of a partition, and messages of a
group, can be had in one worker only, and a worker may be at other queues' long handlers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import floor, inf
from typing import NamedTuple

from .division import Claim, Part
from .queue_limits import QueueLimits
from .ticks import PLACES

MEMORY_SECONDS = 5.0
"""A worker claims what it used at the most within so long, and an equal part until it has had one so long. So whoever
needs more has it at once, and nobody has less for a moment's rest."""

LOOKS_APART_SECONDS = 0.5
"""Of the starts that are remembered: there may be a thousand looks in a second."""

FULL_SHARE = 0.9
"""Of its ticks: a worker that has used so many might use more. Some are lost on a busy machine."""

WAITS_SECONDS = 1.0
"""So long without a start a worker that could start a message waits for one of its own ticks: they are too rare."""

SPARE_SHARE = 0.25
"""On top of what it used, and one more: it is at its part only where it needs more than before."""


class Use(NamedTuple):
    """What a worker does with its ``part``: messages that run now, and handlers that it ever ``started``; ``waits``:
    there are messages, and a slot for one."""

    worker: int
    part: Part
    running: int = 0
    started: int = 0
    waits: bool = False


@dataclass(frozen=True, slots=True)
class Claiming:
    """Of one worker, whose part began at ``since_mono``, and which waits without a start since ``waits_since_mono``.
    ``starts``: how many there had been, and when, of late; ``messages`` and ``places``: the claims of late that no
    later one exceeds."""

    since_mono: float
    waits_since_mono: float = inf
    starts: tuple[tuple[float, int], ...] = ()
    messages: tuple[tuple[float, float], ...] = ()
    places: tuple[tuple[float, float], ...] = ()

    @property
    def claim(self) -> Claim:
        """What it has use for."""
        return Claim(max(claim for _, claim in self.messages), max(claim for _, claim in self.places))


def claimed(
    before: Mapping[int, Claiming],
    uses: Sequence[Use],
    seats: Mapping[int, float],
    limits: QueueLimits,
    now_mono: float,
) -> dict[int, Claiming]:
    """The claims of the workers with ``seats``, which say from when each has its part."""
    found = {}
    for use in uses:
        if use.worker in seats:
            fresh = Claiming(seats[use.worker])
            known = before.get(use.worker, fresh)
            is_same = known.since_mono == fresh.since_mono
            found[use.worker] = _after(known if is_same else fresh, use, limits, len(seats), now_mono)
    return found


def _after(before: Claiming, use: Use, limits: QueueLimits, seats: int, now_mono: float) -> Claiming:
    is_same = bool(before.starts) and before.starts[-1][1] == use.started
    waits_since_mono = min(now_mono, before.waits_since_mono if is_same else inf) if use.waits else inf
    starts = tuple(seen for seen in before.starts if now_mono - seen[0] <= MEMORY_SECONDS)
    if not starts or now_mono - starts[-1][0] >= LOOKS_APART_SECONDS:
        starts = (*starts, (now_mono, use.started))
    if now_mono - before.since_mono < MEMORY_SECONDS:
        messages, places = (limits.concurrency or 0) / seats, PLACES / seats
    else:
        messages, places = _messages(use), _places(use, limits.rate_per_second, starts[0], now_mono)
        if now_mono - waits_since_mono >= WAITS_SECONDS:
            places = inf
    return Claiming(
        before.since_mono,
        waits_since_mono,
        starts,
        _remembered(before.messages, messages, now_mono),
        _remembered(before.places, places, now_mono),
    )


def _messages(use: Use) -> float:
    at_most = use.part.concurrency
    return inf if at_most is None or use.running >= at_most else _with_spare(use.running, at_most)


def _places(use: Use, rate_per_second: float | None, oldest: tuple[float, int], now_mono: float) -> float:
    seconds = now_mono - oldest[0]
    if rate_per_second is None or seconds <= 0:
        return inf
    used = PLACES * (use.started - oldest[1]) / (rate_per_second * seconds)
    places = len(use.part.places)
    return inf if used >= FULL_SHARE * places else _with_spare(used, places)


def _with_spare(used: float, part: int) -> float:
    """No more than it has, which was enough."""
    return min(part, floor(used * (1 + SPARE_SHARE)) + 1)


def _remembered(
    before: Sequence[tuple[float, float]], claim: float, now_mono: float
) -> tuple[tuple[float, float], ...]:
    recent = [seen for seen in before if now_mono - seen[0] < MEMORY_SECONDS and seen[1] > claim]
    return (*recent, (now_mono, claim))
