"""A run over time, in as many points as a plot can show."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from punctuald.simulate.trace.stamps import Seconds
from punctuald.simulate.trace.tier_plan import TierPlan

from .recorder import Recorder

MOST_POINTS = 1440  # a day by the minute


@dataclass(frozen=True, slots=True)
class Timeline:
    """One entry for each ``point_seconds``: latencies and ``late`` messages by time of sending, all else as the span's
    mean or maximum. ``workers``: all processes; ``ready``: of these, those that took messages."""

    begin_utc: float
    point_seconds: float
    arrivals_per_second: tuple[float, ...]
    backlog_max: tuple[int, ...]
    workers: tuple[float, ...]
    ready: tuple[float, ...]
    late: tuple[int, ...]
    latency_p50: tuple[float | None, ...]
    latency_p99: tuple[float | None, ...]
    threshold_seconds: tuple[float, ...]


def draw_timeline(
    recorder: Recorder,
    plan: TierPlan,
    begin_utc: float,
    sent: Seconds,
    latency: Seconds,
    on_time: npt.NDArray[np.bool_],
    step_seconds: float,
) -> Timeline:
    """The points of a run."""
    steps = len(recorder.alive)
    per_point = max(1, -(-steps // MOST_POINTS))
    firsts = np.arange(0, steps, per_point)
    point_seconds = per_point * step_seconds
    sizes = np.diff(np.append(firsts, steps))
    edges = np.searchsorted(sent, np.append(firsts, steps) * step_seconds)
    tails = [_quantiles(latency[first:last]) for first, last in pairwise(edges)]
    return Timeline(
        begin_utc=begin_utc,
        point_seconds=point_seconds,
        arrivals_per_second=tuple((np.diff(edges) / (sizes * step_seconds)).tolist()),
        backlog_max=tuple(np.maximum.reduceat(_ints(recorder.waiting), firsts).tolist()),
        workers=tuple((np.add.reduceat(_ints(recorder.alive), firsts) / sizes).tolist()),
        ready=tuple((np.add.reduceat(_ints(recorder.ready), firsts) / sizes).tolist()),
        late=tuple(int((~on_time[first:last]).sum()) for first, last in pairwise(edges)),
        latency_p50=tuple(p50 for p50, _ in tails),
        latency_p99=tuple(p99 for _, p99 in tails),
        threshold_seconds=tuple(plan.threshold_at(float(first) * step_seconds) for first in firsts),
    )


def _ints(values: list[int]) -> npt.NDArray[np.int64]:
    return np.asarray(values, dtype=np.int64)


def _quantiles(latency: Seconds) -> tuple[float | None, float | None]:
    if not len(latency):
        return None, None
    p50, p99 = np.quantile(latency, (0.5, 0.99)).tolist()
    return p50, p99
