"""All statistics at one moment, added up over all workers: for people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from punctuald.model import REQUEST_COUNTERS, Metric, Stage


@dataclass(frozen=True, slots=True)
class StageSummary:
    """One stage of one tier: seconds."""

    count: int
    mean: float
    p50: float
    p95: float
    p99: float
    max: float


@dataclass(frozen=True, slots=True)
class TierSummary:
    """How many messages of one tier met its threshold so far.

    ``compliance`` is met / (met + missed), 1.0 where nothing was measured; ``budget_left`` is the share of the error
    budget (1 - objective) that is not used up: 1 untouched, 0 used up, negative overdrawn.
    """

    name: str
    threshold_seconds: float
    met: int
    missed: int
    compliance: float
    budget_left: float
    stages: Mapping[Stage, StageSummary]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The whole board at one moment. Totals never go backwards while the daemon lives."""

    counters: Mapping[str, Mapping[Metric, int]]  # by queue name
    tiers: tuple[TierSummary, ...]
    workers_ready: int
    busy_slots: int

    def total(self, metric: Metric) -> int:
        """One metric over all queues."""
        return sum(counts[metric] for counts in self.counters.values())

    @property
    def requests(self) -> int:
        """All calls made to the source."""
        return sum(self.total(metric) for metric in REQUEST_COUNTERS)
