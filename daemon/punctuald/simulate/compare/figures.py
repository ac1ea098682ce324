"""What a run comes to in a comparison, and the mean of several."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass

from punctuald.simulate.engine.result import Result
from punctuald.simulate.trace.stamps import HOUR_SECONDS

from .clairvoyant import GOAL


@dataclass(frozen=True, slots=True)
class Figures:
    """One run, or the means of several. ``tightest`` is the compliance of the tier with the shortest threshold.

    Latencies in seconds, over all tiers together.
    """

    compliance: float
    tightest: float
    p95: float
    p99: float
    worker_seconds: float
    starts_per_hour: float
    scale_events_per_hour: float
    requests: float


def figures_of(result: Result) -> Figures:
    """The figures of one run."""
    sent_in = [tier for tier in result.tiers if tier.messages and tier.threshold_seconds is not None]
    tightest = min(sent_in, key=lambda tier: tier.threshold_seconds or 0.0)
    return Figures(
        compliance=result.everything.compliance,
        tightest=tightest.compliance,
        p95=result.everything.p95 or 0.0,
        p99=result.everything.p99 or 0.0,
        worker_seconds=result.worker_seconds,
        starts_per_hour=result.starts_per_hour,
        scale_events_per_hour=result.scale_events * HOUR_SECONDS / result.seconds,
        requests=result.requests.total,
    )


def mean_of(runs: Sequence[Figures]) -> Figures:
    """The mean of each figure."""
    columns = zip(*(astuple(run) for run in runs), strict=True)
    return Figures(*(sum(column) / len(runs) for column in columns))


def reaches(figures: Figures, goal: float = GOAL) -> bool:
    """Whether a share of ``goal`` was on time, of all messages and of those of the tightest tier."""
    return min(figures.compliance, figures.tightest) >= goal
