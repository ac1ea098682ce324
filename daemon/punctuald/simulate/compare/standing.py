"""Where each law stands over several traces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log

from .comparison import Row, TraceComparison


@dataclass(frozen=True, slots=True)
class Standing:
    """One law over all traces. ``cost``: the geometric mean of its costs, as multiples of the clairvoyant plan's.

    ``undercut``: on how many traces another law, not counting the clairvoyant plan, reaches the goal with fewer
    worker-seconds.
    """

    scaler: str
    tuned: bool
    traces: int
    reached: int
    worst: float
    cost: float
    starts_per_hour: float
    undercut: int


def standings(comparisons: Sequence[TraceComparison]) -> tuple[Standing, ...]:
    """One for each law, in the order of the first trace."""
    if not comparisons:
        return ()
    laws = [(row.scaler, row.tuned) for row in comparisons[0].rows]
    return tuple(_standing(scaler, comparisons, tuned=tuned) for scaler, tuned in laws)


def _standing(scaler: str, comparisons: Sequence[TraceComparison], *, tuned: bool) -> Standing:
    rows = [comparison.row(scaler, tuned=tuned) for comparison in comparisons]
    return Standing(
        scaler=scaler,
        tuned=tuned,
        traces=len(rows),
        reached=sum(row.reaches for row in rows),
        worst=min(row.worst for row in rows),
        cost=exp(sum(log(row.cost) for row in rows) / len(rows)),
        starts_per_hour=sum(row.figures.starts_per_hour for row in rows) / len(rows),
        undercut=sum(_undercut(row, comparison) for row, comparison in zip(rows, comparisons, strict=True)),
    )


def _undercut(row: Row, comparison: TraceComparison) -> bool:
    others = (other for other in comparison.rivals if other.scaler != row.scaler)
    return any(other.reaches and other.cost < row.cost for other in others)
