"""All figures of a report, collected."""

from __future__ import annotations

from dataclasses import dataclass

from punctuald.log_tables.database import Database
from punctuald.policy.advice.prices import Prices

from . import compliance, condition, cost, happenings, misses
from . import queues as by_queue
from .clock import Extent, extent
from .load import Load, TierCurves, load, tier_curves


@dataclass(frozen=True, slots=True)
class Report:
    """``name`` says which log it is of. ``extent`` None: there are no intervals, and so no number of a message."""

    name: str
    lines: condition.Lines
    extent: Extent | None
    gaps: tuple[condition.Gap, ...]
    oddities: tuple[str, ...]
    tiers: tuple[compliance.TierSum, ...]
    days: tuple[compliance.SpanSum, ...]
    hours: tuple[compliance.SpanSum, ...]
    causes: tuple[misses.CauseSum, ...]
    examples: dict[str, tuple[misses.Example, ...]]
    violations: tuple[misses.Violation, ...]
    queues: tuple[by_queue.QueueSum, ...]
    errors: tuple[by_queue.ErrorSum, ...]
    duplicates: tuple[by_queue.CountSum, ...]
    requests: tuple[by_queue.CountSum, ...]
    cost: cost.Cost
    load: Load | None
    curves: tuple[TierCurves, ...]
    decisions: tuple[happenings.Decision, ...]
    deaths: tuple[happenings.Death, ...]
    changes: tuple[happenings.Change, ...]
    in_all: happenings.Few


def collect(log: Database, name: str, *, zone: str, prices: Prices) -> Report:
    """Ask the tables for everything. ``zone``: by whose clock days and hours are, an IANA name."""
    covered = extent(log, zone)
    sums = by_queue.queue_sums(log)
    return Report(
        name,
        condition.lines(log),
        covered,
        condition.gaps(log),
        condition.oddities(log),
        compliance.tier_sums(log),
        () if covered is None else compliance.span_sums(log, covered, "day"),
        () if covered is None else compliance.span_sums(log, covered, "hour"),
        misses.cause_sums(log),
        misses.examples(log),
        misses.violations(log),
        sums,
        by_queue.error_sums(log),
        by_queue.duplicates(log),
        by_queue.requests(log),
        cost.cost(log, sums, prices),
        None if covered is None else load(log, covered),
        () if covered is None else tier_curves(log, covered),
        happenings.decisions(log),
        happenings.deaths(log),
        happenings.changes(log),
        happenings.how_many(log),
    )
