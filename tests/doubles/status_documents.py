"""A status document as a daemon with four workers and three queues gives it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Document = dict[str, Any]

STAGE: Mapping[str, float] = {"p50_seconds": 0.02, "p95_seconds": 0.05, "p99_seconds": 0.07}


def worker(index: int, **changes: Any) -> Document:
    """One that is ready and runs one message."""
    running = {"slot": 0, "queue": "orders", "message_id": f"5d3f0c1a-{index:04d}", "seconds": 0.31}
    return {
        "worker": index, "pid": 4713 + index, "state": "ready", "generation": 1, "up_seconds": 10.1,
        "heartbeat_seconds": 0.4, "loop_lag_seconds": 0.002, "slots": 4, "busy_slots": 1, "threads": 4,
        "busy_threads": 1, "coroutines": 0, "busy_coroutines": 0, "held": 0, "handled": 1234,
        "handled_per_second": 12.5, "pss_bytes": None, "running": [running], **changes,
    }  # fmt: skip


def tier(name: str = "peak", **changes: Any) -> Document:
    """One that keeps its objective."""
    interval = {
        "messages": 100, "p50_seconds": 0.1, "p95_seconds": 0.3, "p99_seconds": 0.5, "max_seconds": 0.9,
        "stages": dict.fromkeys(("produce", "queue", "ready", "handle", "settle"), STAGE),
    }  # fmt: skip
    return {
        "tier": name, "threshold_seconds": 3.0, "objective": 0.99, "violated": False, "violated_since": None,
        "overdue": 0, "messages_fast": 600, "compliance_fast": 0.998, "messages_slow": 3000, "compliance_slow": 0.999,
        "burn_fast": 0.2, "burn_slow": 0.1, "met": 12345, "missed": 12, "compliance": 0.999, "budget_left": 0.9,
        "interval": interval, **changes,
    }  # fmt: skip


def queue(name: str = "orders", **changes: Any) -> Document:
    """One that is available."""
    return {
        "queue": name, "state": "available", "text": None, "paused": False, "backlog": 12, "in_flight_at_source": 3,
        "delayed": 0, "backlog_age_seconds": 1.2, "head_age_seconds": 0.8, "arrivals_per_second": 20.1,
        "received_per_second": 20.0, "done_per_second": 19.9, "done": 12345, "failed": 3, "dead_lettered": 0,
        "redelivered": 1, "limits": {"concurrency": None, "rate_per_second": None, "weight": 1}, **changes,
    }  # fmt: skip


def pool(**changes: Any) -> Document:
    """Four that are ready, as the autoscaler wants it."""
    return {
        "workers_ready": 4, "workers_starting": 0, "workers_draining": 0, "workers_backing_off": 0,
        "workers_given_up": 0, "workers_wanted": 4, "target": 4, "scaled_to": None, "min_workers": 1, "max_workers": 8,
        "busy_slots": 3, "slots": 16, "threads": 16, "busy_threads": 3, "coroutines": 0, "busy_coroutines": 0,
        **changes,
    }  # fmt: skip


def both_kinds(workers: int = 1) -> Document:
    """The slots of so many workers with four threads, all of them busy, and 100 coroutines, one of them."""
    return {
        "slots": 104 * workers, "busy_slots": 5 * workers, "threads": 4 * workers, "busy_threads": 4 * workers,
        "coroutines": 100 * workers, "busy_coroutines": workers,
    }  # fmt: skip


def decision(workers: int = 4, **changes: Any) -> Document:
    """One for a backlog."""
    made = {"utc": "2026-11-27T15:59:58.000Z", "workers": workers, "reason": "backlog", "caps": {"max_workers": 8}}
    return {**made, "head_age_seconds": 0.8, **changes}


def document(**changes: Any) -> Document:
    """All of it, with its parts replaced by those that are given."""
    return {
        "snapshot": 17, "protocol": 1, "version": "0.1.0", "utc": "2026-11-27T16:00:00.123Z", "host": "vm1",
        "config": "/etc/punctuald/config.toml", "pid": 4711, "up_seconds": 12.3, "generation": 1, "state": "running",
        "reload_failed": None, "head_age_seconds": 0.8, "pool": pool(),
        "workers": [worker(index) for index in range(4)],
        "tiers": [tier("peak"), tier("night", threshold_seconds=60.0)],
        "queues": [queue("orders"), queue("invoices"), queue("reports", state="unavailable", text="access denied")],
        "decisions": [decision(2, utc="2026-11-27T15:59:50.000Z"), decision()], **changes,
    }  # fmt: skip
