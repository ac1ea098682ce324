"""Everything that the boards say of the daemon at one moment, as its metrics have it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from punctuald.stats.board.board import Board
from punctuald.stats.figures.interval_reader import IntervalReader
from punctuald.stats.figures.intervals import Interval

from .worker_figures import WorkerFigures, WorkerReader


@dataclass(frozen=True, slots=True)
class DaemonFigures:
    """``total`` counts from the daemon's begin. ``starts`` and ``deaths`` are by role: processes that came to work, and
    those that ended unasked. ``violated`` are the tiers that are so now."""

    total: Interval
    workers: tuple[WorkerFigures, ...]
    starts: Mapping[str, int]
    deaths: Mapping[str, int]
    violated: Collection[str]


class DaemonReader:
    """Reads one or more boards, the newest last. ``threshold_seconds`` must have every tier of every board."""

    def __init__(self, boards: Sequence[Board], *, threshold_seconds: Mapping[str, float]) -> None:
        self._boards = tuple(boards)
        self._tiers = tuple(threshold_seconds)
        self._totals = IntervalReader(boards, threshold_seconds=threshold_seconds)
        self._workers = WorkerReader(boards)

    def read(self, now_mono: float) -> DaemonFigures:
        """As of now."""
        tables = self._boards[-1].tables
        return DaemonFigures(
            total=self._totals.since_start(now_mono),
            workers=self._workers.read(now_mono),
            starts=self._starts(),
            deaths=tables.supervisor_words.deaths(),
            violated=[tier for tier in self._tiers if tables.observer_words.violation(tier) is not None],
        )

    def _starts(self) -> Mapping[str, int]:
        starts = {"worker": 0, "autoscaler": 0, "observer": 0}
        for board in self._boards:
            *workers, autoscaler, observer = board.times_attached()
            starts["worker"] += sum(workers)
            starts["autoscaler"] += autoscaler
            starts["observer"] += observer
        return starts
