"""Which tier holds when, over one trace: by the wall clock as in the daemon, or by shares of a trace of any length."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

import numpy as np
import numpy.typing as npt

from punctuald.policy.delivery.tiers import Calendar

from .stamps import Seconds

FIRST_DAY = date(2026, 1, 5)  # a Monday; a trace that knows no date begins at its midnight


@dataclass(frozen=True, slots=True)
class TierPlan:
    """Span ``number`` lasts from ``begins[number]`` (seconds of the trace) to the next one's begin, in one tier."""

    names: tuple[str, ...]
    thresholds_seconds: tuple[float, ...]
    begins: tuple[float, ...]
    tiers: tuple[int, ...]

    def span_at(self, seconds: float) -> int:
        """The number of the span that holds ``seconds`` after the trace's begin."""
        return max(0, bisect_right(self.begins, seconds) - 1)

    def threshold_at(self, seconds: float) -> float:
        """The threshold in force."""
        return self.thresholds_seconds[self.tiers[self.span_at(seconds)]]

    def next_edge(self, seconds: float) -> tuple[float, float] | None:
        """(seconds until the next span, its threshold), or None after the last one's begin."""
        span = self.span_at(seconds) + 1
        if span >= len(self.begins):
            return None
        return self.begins[span] - seconds, self.thresholds_seconds[self.tiers[span]]

    def tier_of(self, seconds: Seconds) -> npt.NDArray[np.intp]:
        """The tier of each message by its time of sending."""
        spans = np.maximum(np.searchsorted(self.begins, seconds, side="right") - 1, 0)
        return np.asarray(self.tiers, dtype=np.intp)[spans]


@dataclass(frozen=True, slots=True)
class ByClock:
    """The configured hours, in their own time zone."""

    calendar: Calendar

    def midnight_utc(self) -> float:
        """Where second 0 of a trace without a date lies."""
        return datetime.combine(FIRST_DAY, time(0), self.calendar.zone).timestamp()

    def plan(self, begin_utc: float, seconds: float) -> TierPlan:
        """The plan for a trace that begins at ``begin_utc``. One edge after its end is included, because scalers look
        ahead to it."""
        begins, tiers = [0.0], [self.calendar.tier_at(begin_utc)]
        edge = self.calendar.next_edge(begin_utc)
        while edge is not None:
            begins.append(edge.at_utc - begin_utc)
            tiers.append(edge.tier)
            edge = self.calendar.next_edge(edge.at_utc) if begins[-1] <= seconds else None
        names = tuple(tier.name for tier in self.calendar.tiers)
        thresholds = tuple(tier.threshold_seconds for tier in self.calendar.tiers)
        return TierPlan(names, thresholds, tuple(begins), tuple(tiers))


@dataclass(frozen=True, slots=True)
class ByShares:
    """A day's tiers squeezed into a trace of any length: (share of the time, threshold in seconds), in order."""

    parts: Sequence[tuple[float, float]]

    def midnight_utc(self) -> float:
        """Any second will do: nothing here looks at a clock."""
        return datetime.combine(FIRST_DAY, time(0)).timestamp()

    def plan(self, begin_utc: float, seconds: float) -> TierPlan:  # noqa: ARG002 - the same for every begin
        """The plan for a trace of ``seconds``."""
        thresholds = tuple(sorted({threshold for _, threshold in self.parts}))
        shares = [share for share, _ in self.parts]
        begins = [seconds * sum(shares[:number]) / sum(shares) for number in range(len(shares))]
        tiers = tuple(thresholds.index(threshold) for _, threshold in self.parts)
        return TierPlan(tuple(f"{threshold:g} s" for threshold in thresholds), thresholds, tuple(begins), tiers)
