"""How much of a worker each region of a queue may have, where there is not enough for all that they bring.

Every region is received from all the time, for messages may be anywhere; a region that brings none leaves its part to
the others. A region that was away comes back with messages that are late already, and would all be first: they have a
small part, so that they keep nobody else's messages until those are late as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil, inf

PREFERRED_SHARE = 0.75
"""Of the first region that brings messages; the others have the rest."""

LATE_SHARE = 0.25
"""Of a region that catches up while another one brings messages. At three quarters of its slots, a pool that is planned
with the usual reserve still keeps up with what is new."""

LIVE_SECONDS = 5.0
"""A region that brought a message so shortly ago will bring more."""

RETURNED_SECONDS = 60.0
"""What comes late within so long of a region's return is so because it was away. It has as long to catch up as it was
away, and so much more: what is late after that is so because there is more than can be done."""


@dataclass(frozen=True, slots=True)
class RegionState:
    """What one worker knows of one region. ``weight``: 0 where it goes by preference.

    ``brought_mono``: when messages came last. ``is_away``: the last receive failed, and all since ``away_mono``;
    ``back_mono``: when one was answered again. ``is_late``: what the last one brought had passed its deadline while the
    region was away; it has until ``late_until_mono`` to catch up.
    """

    weight: int = 0
    brought_mono: float = -inf
    is_away: bool = False
    away_mono: float = -inf
    back_mono: float = -inf
    is_late: bool = False
    late_until_mono: float = -inf

    def catches_up(self, now_mono: float) -> bool:
        """Whether it brings what became late while it was away."""
        return self.is_late and now_mono < self.late_until_mono

    def is_live(self, now_mono: float) -> bool:
        """Whether it brings messages that can be on time."""
        return not self.catches_up(now_mono) and now_mono - self.brought_mono < LIVE_SECONDS


def after_failure(state: RegionState, now_mono: float) -> RegionState:
    """A receive failed."""
    return state if state.is_away else replace(state, is_away=True, away_mono=now_mono)


def after_receive(state: RegionState, late: Sequence[bool], now_mono: float) -> RegionState:
    """A receive brought messages, of each of which it is known whether it is late; or none, and what was late is done
    with."""
    if state.is_away:
        state = _returned(state, now_mono)
    returned = state.is_late or now_mono - state.back_mono < RETURNED_SECONDS
    return replace(
        state,
        brought_mono=now_mono if late else state.brought_mono,
        is_late=any(late) and returned and now_mono < state.late_until_mono,
    )


def _returned(state: RegionState, now_mono: float) -> RegionState:
    """One that fails once more while it catches up has no less time for it."""
    late_until_mono = now_mono + (now_mono - state.away_mono) + RETURNED_SECONDS
    return replace(
        state, is_away=False, back_mono=now_mono, late_until_mono=max(state.late_until_mono, late_until_mono)
    )


def share(regions: Sequence[RegionState], number: int, now_mono: float) -> float:
    """The part of the room, 0 to 1, that the region of that ``number`` may have. ``regions`` are in the order of
    preference."""
    live = [place for place, state in enumerate(regions) if state.is_live(now_mono)]
    if regions[number].catches_up(now_mono):
        return LATE_SHARE if live else 1.0
    bringing = sorted({number, *live})
    if len(bringing) == 1:
        return 1.0
    if regions[number].weight:
        return regions[number].weight / sum(regions[place].weight for place in bringing)
    return PREFERRED_SHARE if number == bringing[0] else (1 - PREFERRED_SHARE) / (len(bringing) - 1)


def most_in_hand(
    regions: Sequence[RegionState], number: int, needed: Sequence[int], budget: int, now_mono: float
) -> int:
    """How many messages the region of that ``number`` may have, of a ``budget`` for all; each ``needed`` so many of
    late.

    For others that bring messages it leaves what they need and one more, up to their parts: a region that brings little
    needs little, and one that brings more than its part gets it message by message.
    """
    if regions[number].catches_up(now_mono):
        return _places(budget, share(regions, number, now_mono))
    kept = [
        min(_places(budget, share(regions, other, now_mono)), needed[other] + 1)
        for other, state in enumerate(regions)
        if other != number and state.is_live(now_mono)
    ]
    return max(1, budget - sum(kept))


def _places(of_all: int, part: float) -> int:
    return max(1, ceil(of_all * part))


def most_slots(regions: Sequence[RegionState], number: int, needed: Sequence[int], slots: int, now_mono: float) -> int:
    """How many of a worker's handler slots the region of that ``number`` may use at once: where it catches up, what
    those that bring messages don't need, with one place more for each; or its part, if that is more."""
    live = [needed[other] + 1 for other, state in enumerate(regions) if state.is_live(now_mono)]
    if not (live and regions[number].catches_up(now_mono)):
        return slots
    return max(late_slots(slots), slots - sum(live))


def late_slots(slots: int) -> int:
    """The part of a region that catches up, in a worker's handler slots: rounded down, but one at least."""
    return max(1, int(slots * LATE_SHARE))
