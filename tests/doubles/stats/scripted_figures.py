"""Figures that say what a test makes them say, in place of `IntervalReader`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from punctuald.model import Backlog, Metric, Stage
from punctuald.policy.delivery.miss_cause import MissCause
from punctuald.stats.figures.histogram import EMPTY, Histogram
from punctuald.stats.figures.intervals import (
    DecisionFigures,
    Interval,
    QueueFigures,
    QueueNow,
    Standing,
    TierFigures,
)


@dataclass
class ScriptedFigures:
    """``reads`` and ``logs`` count the calls."""

    interval: Interval = field(default_factory=Interval)
    waits: tuple[QueueNow, ...] = ()
    stands: tuple[Standing, ...] = ()
    decided: DecisionFigures | None = None
    reads: int = 0
    logs: int = 0

    def read(self, now_mono: float) -> Interval:
        """See `IntervalReader.read`."""
        del now_mono
        self.reads += 1
        return self.interval

    def logged(self) -> None:
        """See `IntervalReader.logged`."""
        self.logs += 1

    def follow(self) -> None:
        """See `IntervalReader.follow`."""

    def standings(self) -> tuple[Standing, ...]:
        """See `IntervalReader.standings`."""
        return self.stands

    def queues_now(self) -> tuple[QueueNow, ...]:
        """See `IntervalReader.queues_now`."""
        return self.waits

    def decision(self, now_mono: float) -> DecisionFigures | None:
        """See `IntervalReader.decision`."""
        del now_mono
        return self.decided


def standing(met: int = 0, missed: int = 0, **more: Any) -> Standing:
    """Of queue «orders» and tier «peak», whose misses are its handler's."""
    said = {"queue": "orders", "tier": "peak", "threshold_seconds": 3.0, **more}
    return Standing(met=met, missed_by={MissCause.HANDLE: missed}, **said)


def decision(head_age_seconds: float | None = 0.0, **more: Any) -> DecisionFigures:
    """Two workers, as many as are needed."""
    said = {"workers": 2, "reason": "arrivals", "caps": {}, "short_seconds": 0.0, **more}
    return DecisionFigures(head_age_seconds=head_age_seconds, **said)


def queue_figures(queue: str = "orders", **counts: int) -> QueueFigures:
    """Of a queue with these counts, by the metrics' names in lower case."""
    by_metric = {metric: counts.get(metric.name.lower(), 0) for metric in Metric}
    return QueueFigures(queue, by_metric, {}, {}, 0, {})


def waits(visible: int, received: int = 0, receives_empty: int = 0, *, read_mono: float) -> tuple[QueueNow, ...]:
    """So many wait in «orders», as was counted then."""
    return (QueueNow("orders", received, receives_empty, Backlog(visible, 0, 0, read_mono)),)


def tier_figures(missed: int, worst_seconds: float) -> TierFigures:
    """Of tier «peak», with messages of which the slowest took so long."""
    stages = dict.fromkeys(Stage, EMPTY) | {Stage.END_TO_END: Histogram(max_us=round(worst_seconds * 1e6))}
    return TierFigures("orders", "peak", 3.0, 0, {MissCause.HANDLE: missed}, stages)
