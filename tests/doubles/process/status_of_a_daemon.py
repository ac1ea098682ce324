"""What a running daemon says of itself, as far as a doctor reads it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def status_of(
    source: str, tier: str, *, pid: int, p99_seconds: float | None = 0.5, pss_bytes: int | None = 1, **queue: Any
) -> Mapping[str, Any]:
    """Of one worker, which has the daemon's ``pid``, of one source and one tier; ``queue`` are the source's fields."""
    handle = {"p50_seconds": 0.1, "p95_seconds": 0.2, "p99_seconds": p99_seconds}
    return {
        "protocol": 1,
        "pid": pid,
        "workers": [{"worker": 0, "pid": pid, "pss_bytes": pss_bytes}, {"worker": 1, "pid": None, "pss_bytes": None}],
        "tiers": [
            {"tier": tier, "interval": {"messages": 9, "stages": {"handle": handle} if p99_seconds else {}}},
            {"tier": "idle", "interval": None},
        ],
        "queues": [{"queue": source, "state": "available", "text": None, "head_age_seconds": None, **queue}],
    }
