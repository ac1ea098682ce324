"""What the lines of `stats.interval` may have, for all tests that hold them against something."""

from __future__ import annotations

FIELDS = frozenset(
    {
        "scope",
        "begin",
        "seconds",
        "part",
        "parts",
        "queue",
        "tier",
        "threshold_seconds",
        "count",
        "met",
        "missed",
        "missed_by",
        "overdue",
        "worst_overdue_seconds",
        "stages",
        "histograms",
        "arrivals",
        "requests",
        "counts",
        "duplicates_by",
        "started",
        "errors",
        "other_errors",
        "slowest_message_id",
        "slowest_seconds",
        "backlog",
        "workers_ready",
        "busy_slots",
        "workers",
        "reason",
        "caps",
        "head_age_seconds",
        "short_seconds",
        "idle",
    }
)
