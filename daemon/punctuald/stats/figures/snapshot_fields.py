"""A snapshot as the fields of a log line: the shape that ``stats.snapshot`` and ``stats.final`` are read by."""

from __future__ import annotations

from collections.abc import Mapping

from punctuald.model import Metric, Snapshot, StageSummary, TierSummary

DIGITS = 6  # of seconds: durations are measured in microseconds


def snapshot_fields(snapshot: Snapshot) -> dict[str, object]:
    """Plain dictionaries and numbers only; seconds are rounded to the microsecond."""
    return {
        "workers_ready": snapshot.workers_ready,
        "busy_slots": snapshot.busy_slots,
        "requests": snapshot.requests,
        "queues": {queue: _queue_fields(counts) for queue, counts in snapshot.counters.items()},
        "tiers": {tier.name: _tier_fields(tier) for tier in snapshot.tiers},
    }


def _queue_fields(counts: Mapping[Metric, int]) -> dict[str, int]:
    return {metric.name.lower(): counts[metric] for metric in Metric}


def _tier_fields(tier: TierSummary) -> dict[str, object]:
    return {
        "threshold_seconds": tier.threshold_seconds,
        "met": tier.met,
        "missed": tier.missed,
        "compliance": tier.compliance,
        "budget_left": tier.budget_left,
        "stages": {stage.name.lower(): _stage_fields(summary) for stage, summary in tier.stages.items()},
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
