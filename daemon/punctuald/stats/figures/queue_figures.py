"""One queue's figures, of its counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from punctuald.model import Backlog, Metric
from punctuald.policy.delivery.priority import STARTED
from punctuald.stats.board.interval.error_kinds import OTHER

from .intervals import QueueFigures, Slowest

COMMONEST_ERRORS = 10

_DUPLICATES = {
    "copy_in_flight": Metric.DUPLICATE_IN_FLIGHT,
    "lease_lost": Metric.LEASE_LOST,
    "worker_died": Metric.ABANDONED,
    "other_region": Metric.COPY_DROPPED,
}


def queue_figures(
    queue: str,
    counts: Sequence[int],
    errors: Mapping[str, int],
    slowest: Slowest | None,
    backlog: Backlog | None,
) -> QueueFigures:
    """``counts`` are by `Metric`; ``errors`` has every kind, and those without one under `OTHER`."""
    kinds = {kind: count for kind, count in errors.items() if kind != OTHER}
    commonest = sorted(kinds.items(), key=lambda each: (-each[1], each[0]))[:COMMONEST_ERRORS]
    return QueueFigures(
        queue,
        counts=dict(zip(Metric, counts, strict=True)),
        duplicates_by={cause: counts[metric] for cause, metric in _DUPLICATES.items()},
        errors=dict(commonest),
        other_errors=sum(errors.values()) - sum(count for _, count in commonest),
        started={priority: counts[metric] for priority, metric in STARTED.items()},
        slowest=slowest,
        backlog=backlog,
    )
