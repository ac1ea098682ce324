"""A demo's result, and whether it is good."""

from __future__ import annotations

from dataclasses import dataclass

from .daemon_log import FinalStatistics, PoolSize, ScaleDecision
from .ledger import Tally
from .slow_start.tier_changes import TierChange


@dataclass(frozen=True, slots=True)
class DemoResult:
    """A demo's result. ``tally`` is what the ledger shows, ``final`` the daemon's own account."""

    source: str  # such as «queue telemetry»
    service: str  # SQS or Kafka
    tally: Tally
    final: FinalStatistics
    objective: float
    ready_seconds: float  # daemon started → ready
    finished_seconds: float  # first event sent → all processed
    late_max_seconds: float  # the latest that the demo itself sent an event after its time
    pool_sizes: tuple[PoolSize, ...]
    scale_decisions: tuple[ScaleDecision, ...]
    failures: tuple[str, ...]  # empty = good
    tier_changes: tuple[TierChange, ...] = ()


def failures(tally: Tally, final: FinalStatistics, objective: float, exit_status: int) -> tuple[str, ...]:
    """Each reason why a run did not go well; none = nothing was lost, and every tier met its objective.

    A duplicate is no failure: delivery is at least once. An event that the daemon never measured is a failure, because
    a daemon that measures nothing would otherwise meet every SLA.
    """
    found = []
    if tally.lost:
        found.append(f"{tally.lost} of {tally.sent} events were lost")
    found += [
        f"{tier.name}: only {tier.compliance:.2%} within {tier.threshold_seconds:g} s; the objective is {objective:.2%}"
        for tier in final.tiers
        if tier.compliance < objective
    ]
    measured = sum(tier.met + tier.missed for tier in final.tiers)
    if measured < tally.processed:
        found.append(f"the daemon measured only {measured} of {tally.processed} processed events")
    if exit_status:
        found.append(f"the daemon ended with exit status {exit_status}")
    return tuple(found)
