"""Everything that the boards say of the daemon as a whole at one moment, as its metrics have it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from punctuald.stats.board.board import Board
from punctuald.stats.figures.interval_reader import IntervalReader
from punctuald.stats.figures.intervals import Interval


@dataclass(frozen=True, slots=True)
class DaemonFigures:
    """``total`` counts from the daemon's begin. ``starts`` and ``deaths`` are by role: processes that came to work, and
    those that ended unasked. ``threshold_seconds`` are by tier, ``violated`` the tiers that are so now;
    ``objective`` is the share of messages that must be on time. ``is_ready`` is what `/readyz` says."""

    total: Interval
    starts: Mapping[str, int]
    deaths: Mapping[str, int]
    threshold_seconds: Mapping[str, float]
    violated: Collection[str]
    objective: float
    is_ready: bool


class DaemonReader:
    """Reads one or more boards, the newest last. ``threshold_seconds`` must have every tier of every board."""

    def __init__(self, boards: Sequence[Board], *, threshold_seconds: Mapping[str, float], objective: float) -> None:
        self._boards = tuple(boards)
        self._thresholds = threshold_seconds
        self._objective = objective
        self._totals = IntervalReader(boards, threshold_seconds=threshold_seconds)

    def read(self, now_mono: float, *, is_ready: bool) -> DaemonFigures:
        """As of now."""
        tables = self._boards[-1].tables
        return DaemonFigures(
            total=self._totals.since_start(now_mono),
            starts=self._starts(),
            deaths=tables.supervisor_words.deaths(),
            threshold_seconds=self._thresholds,
            violated=[tier for tier in self._thresholds if tables.observer_words.violation(tier) is not None],
            objective=self._objective,
            is_ready=is_ready,
        )

    def _starts(self) -> Mapping[str, int]:
        starts = {"worker": 0, "autoscaler": 0, "observer": 0}
        for board in self._boards:
            *workers, autoscaler, observer = board.times_attached()
            starts["worker"] += sum(workers)
            starts["autoscaler"] += autoscaler
            starts["observer"] += observer
        return starts
