"""What stays of an interval that is over, for whoever looks back over the last hour: a few hundred bytes each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from punctuald.model import Metric, Stage
from punctuald.stats.board.cells import MICROSECONDS, edge_at
from punctuald.stats.figures import histogram
from punctuald.stats.figures.histogram import Histogram
from punctuald.stats.figures.intervals import Interval, TierFigures

SHORTEST_SECONDS = 9.0
"""Shorter intervals are added up to as much: else a page would draw thousands of points. They are aligned to the wall
clock, so one of ten seconds may be some milliseconds shorter."""

LATENCY_EDGES_SECONDS = tuple(2.0**exponent for exponent in range(-8, 13))
"""Where the spans end in which latencies are counted, each twice as long as the one before: 4 ms to 68 minutes. These
are edges of cells, so nothing is rounded."""

_EDGES = [cells for seconds in LATENCY_EDGES_SECONDS if (cells := edge_at(seconds)) is not None]
_STAGES = tuple(stage for stage in Stage if stage is not Stage.END_TO_END)


@dataclass(frozen=True, slots=True)
class Burn:
    """How fast a tier used up its error budget over both windows when the interval ended; None = not known."""

    fast: float | None = None
    slow: float | None = None


@dataclass(frozen=True, slots=True)
class PastTier:
    """One tier over all queues. The quantiles are None where no message was counted."""

    tier: str
    met: int
    missed: int
    p50_seconds: float | None
    p95_seconds: float | None
    p99_seconds: float | None
    burn: Burn


@dataclass(frozen=True, slots=True)
class PastInterval:
    """``latencies`` are counts of messages, end to end: below the first of `LATENCY_EDGES_SECONDS`, between each two,
    and from the last on. ``stage_seconds``: the mean of each stage over all messages, empty where there were none.
    ``backlog`` and ``workers_wanted`` are as of its end, None = not known."""

    begin_utc: float
    end_utc: float
    tiers: tuple[PastTier, ...]
    latencies: tuple[int, ...]
    stage_seconds: Mapping[str, float]
    arrivals: int
    done: int
    failed: int
    dead_lettered: int
    workers_ready: int
    workers_wanted: int | None
    backlog: int | None

    @property
    def seconds(self) -> float:
        """How long it took; never 0."""
        return max(self.end_utc - self.begin_utc, 0.001)


def past_interval(
    parts: Sequence[Interval],
    *,
    begin_utc: float,
    end_utc: float,
    burns: Mapping[str, Burn],
    backlog: int | None,
) -> PastInterval:
    """Of several intervals, one after another, as one; at least one. ``burns`` by tier."""
    tiers = [tier for part in parts for tier in part.tiers]
    decision = parts[-1].decision
    return PastInterval(
        begin_utc=begin_utc,
        end_utc=end_utc,
        tiers=tuple(_tier(name, [each for each in tiers if each.tier == name], burn) for name, burn in burns.items()),
        latencies=_latencies(_merged(tiers, Stage.END_TO_END)),
        stage_seconds=_stage_seconds(tiers),
        arrivals=sum(queue.arrivals for part in parts for queue in part.queues),
        done=_counted(parts, Metric.DONE),
        failed=_counted(parts, Metric.FAILED),
        dead_lettered=_counted(parts, Metric.REJECTED),
        workers_ready=parts[-1].workers_ready,
        workers_wanted=None if decision is None else decision.workers,
        backlog=backlog,
    )


def _tier(name: str, figures: Sequence[TierFigures], burn: Burn) -> PastTier:
    whole = _merged(figures, Stage.END_TO_END)
    return PastTier(
        tier=name,
        met=sum(each.met for each in figures),
        missed=sum(each.missed for each in figures),
        p50_seconds=_quantile(whole, 0.50),
        p95_seconds=_quantile(whole, 0.95),
        p99_seconds=_quantile(whole, 0.99),
        burn=burn,
    )


def _quantile(whole: Histogram, share: float) -> float | None:
    return whole.quantile_us(share) / MICROSECONDS if whole.cells else None


def _latencies(whole: Histogram) -> tuple[int, ...]:
    below = [0, *whole.counts_below(_EDGES), whole.count]
    return tuple(upper - lower for lower, upper in pairwise(below))


def _stage_seconds(tiers: Sequence[TierFigures]) -> Mapping[str, float]:
    """Means add up to the mean of the whole, as quantiles would not. Each stage's sum is over all messages, and so is
    the count: what a stage did not measure took no time there."""
    whole = _merged(tiers, Stage.END_TO_END)
    if not whole.cells:
        return {}
    sums_us = {stage: _merged(tiers, stage).sum_us for stage in _STAGES}
    return {stage.name.lower(): sum_us / whole.count / MICROSECONDS for stage, sum_us in sums_us.items()}


def _merged(figures: Sequence[TierFigures], stage: Stage) -> Histogram:
    return histogram.merge(each.stages[stage] for each in figures)


def _counted(parts: Sequence[Interval], *metrics: Metric) -> int:
    return sum(queue.counts[metric] for part in parts for queue in part.queues for metric in metrics)
