"""A snapshot as the fields of log lines: the shape that ``stats.snapshot`` and ``stats.final`` are read by.

What is zero is left out: counters, and tiers and stages that no message took any time in.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from punctuald.model import Metric
from punctuald.stats.snapshot import Snapshot, StageSummary, TierSummary

from .line_parts import in_parts

DIGITS = 6  # of seconds: durations are measured in microseconds


def snapshot_lines(snapshot: Snapshot) -> list[dict[str, Any]]:
    """Plain dictionaries and numbers only; seconds are rounded to the microsecond. One line, but where there are very
    many queues and tiers: then each has a part of them (`in_parts`)."""
    totals = {
        "workers_ready": snapshot.workers_ready,
        "busy_slots": snapshot.busy_slots,
        "requests": snapshot.requests,
    }
    queues = {queue: _queue_fields(counts) for queue, counts in snapshot.counters.items() if any(counts.values())}
    tiers = {tier.name: _tier_fields(tier) for tier in snapshot.tiers if tier.met or tier.missed}
    found = in_parts(totals, {"queues": queues, "tiers": tiers})
    return [{"queues": {}, "tiers": {}, **line} for line in found]


def _queue_fields(counts: Mapping[Metric, int]) -> dict[str, int]:
    return {metric.name.lower(): counts[metric] for metric in Metric if counts[metric]}


def _tier_fields(tier: TierSummary) -> dict[str, object]:
    return {
        "threshold_seconds": tier.threshold_seconds,
        "met": tier.met,
        "missed": tier.missed,
        "compliance": tier.compliance,
        "budget_left": tier.budget_left,
        "stages": {stage.name.lower(): _stage_fields(each) for stage, each in tier.stages.items() if each.max},
    }


def _stage_fields(summary: StageSummary) -> dict[str, float]:
    return {
        "count": summary.count,
        "mean_seconds": round(summary.mean, DIGITS),
        "p50_seconds": round(summary.p50, DIGITS),
        "p95_seconds": round(summary.p95, DIGITS),
        "p99_seconds": round(summary.p99, DIGITS),
        "max_seconds": round(summary.max, DIGITS),
    }
