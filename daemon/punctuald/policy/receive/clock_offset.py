"""How far another machine's clock is ahead of ours, from the Date headers of its answers.

A Date counts whole seconds: the answer was made at some moment of that second, and after we asked, and before we had
it. So each answer bounds the difference from both sides, and many answers, each made at another moment of its second,
bound it to a hundredth of one.
"""

from __future__ import annotations

from math import inf
from typing import NamedTuple

DATE_SECONDS = 1.0
ENOUGH_ANSWERS = 100
RENEWED_AFTER_SECONDS = 600.0
"""Clocks drift apart: by 50 millionths, which is much, that is 0.03 s in so long."""

TOLERANCE_SECONDS = 0.05
"""By so much an answer may contradict those before it; by more, one of the two clocks was set."""


class Bounds(NamedTuple):
    """The difference is from ``low`` to ``high``, by so many answers since ``since_mono``."""

    low: float = -inf
    high: float = inf
    answers: int = 0
    since_mono: float = 0.0

    @property
    def seconds(self) -> float:
        """The most likely difference. Where one side is wide open, since no answer was prompt, half of a Date's second
        above the other."""
        return self.low + min(self.high - self.low, DATE_SECONDS) / 2


class ClockOffset(NamedTuple):
    """What is gone by (``good``), and what is being collected to take its place (``fresh``)."""

    good: Bounds = Bounds()
    fresh: Bounds = Bounds()

    @property
    def is_known(self) -> bool:
        """Whether any answer came."""
        return self.good.answers > 0

    @property
    def seconds(self) -> float:
        """The other clock minus ours; 0 before the first answer."""
        return self.good.seconds if self.is_known else 0.0


def after_answer(
    offset: ClockOffset, date_utc: float, *, asked_utc: float, answered_utc: float, now_mono: float
) -> ClockOffset:
    """An answer with this Date came at ``answered_utc`` to what was asked at ``asked_utc``, both on our clock."""
    low, high = date_utc - answered_utc, date_utc + DATE_SECONDS - asked_utc
    good = _narrowed(offset.good, low, high, now_mono)
    if good is None:
        first = Bounds(low, high, 1, now_mono)
        return ClockOffset(first, first)
    fresh = _narrowed(offset.fresh, low, high, now_mono) or Bounds(low, high, 1, now_mono)
    if fresh.answers >= ENOUGH_ANSWERS and now_mono - good.since_mono >= RENEWED_AFTER_SECONDS:
        return ClockOffset(fresh)
    return ClockOffset(good, fresh if now_mono - good.since_mono >= RENEWED_AFTER_SECONDS / 2 else Bounds())


def _narrowed(bounds: Bounds, low: float, high: float, now_mono: float) -> Bounds | None:
    """None where the two don't fit together."""
    if low > bounds.high + TOLERANCE_SECONDS or high < bounds.low - TOLERANCE_SECONDS:
        return None
    new_low, new_high = max(bounds.low, low), min(bounds.high, high)
    if new_low > new_high:  # by less than is tolerated: a little drift
        new_low = new_high = (new_low + new_high) / 2
    return Bounds(new_low, new_high, bounds.answers + 1, bounds.since_mono if bounds.answers else now_mono)
