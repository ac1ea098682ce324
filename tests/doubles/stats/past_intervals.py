"""Intervals of ten seconds that are over, one after another."""

from __future__ import annotations

from typing import Any

from punctuald.view.dashboard.past_interval import LATENCY_EDGES_SECONDS, Burn, PastInterval, PastTier

BEGIN_UTC = 1_795_795_200.0  # 2026-11-27 16:00:00


def past_tier(tier: str = "peak", **changes: Any) -> PastTier:
    """A hundred messages, nearly all of them on time."""
    said: dict[str, Any] = {"met": 99, "missed": 1, "p50_seconds": 0.1, "p95_seconds": 0.3, "p99_seconds": 0.5}
    return PastTier(**{"tier": tier, "burn": Burn(1.0, 0.5), **said, **changes})


def past(number: int = 0, **changes: Any) -> PastInterval:
    """The interval of that number; two workers, and nothing waits."""
    said: dict[str, Any] = {
        "begin_utc": BEGIN_UTC + 10 * number,
        "end_utc": BEGIN_UTC + 10 * (number + 1),
        "tiers": (past_tier(),),
        "latencies": (0,) * (len(LATENCY_EDGES_SECONDS) + 1),
        "stage_seconds": {"produce": 0.0, "queue": 0.05, "ready": 0.02, "handle": 0.2, "settle": 0.01},
        "arrivals": 100,
        "done": 90,
        "failed": 5,
        "dead_lettered": 1,
        "workers_ready": 2,
        "workers_wanted": 2,
        "backlog": 0,
    }
    return PastInterval(**{**said, **changes})
