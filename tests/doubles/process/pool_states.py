"""What a supervisor says of its pool, for tests of what is made of it."""

from __future__ import annotations

from typing import Any

from punctuald.process.channel.operator_frames import PoolState


def process_row(
    index: int = 0, pid: int = 4713, state: str = "ready", *, role: str = "worker", generation: int = 1
) -> tuple[str, int, int, str, int, float]:
    """One that was forked eight seconds before `ManualClock` begins."""
    return role, index, pid, state, generation, 992.0


def pool_state(**changes: Any) -> PoolState:
    """One worker that is ready, as the autoscaler wants it."""
    said: dict[str, Any] = {
        "state": "running", "pid": 4711, "generation": 1, "started_mono": 990.0, "wanted": 1, "target": 1,
        "scaled_to": None, "min_workers": 1, "max_workers": 8, "reload_failed": "", "processes": (process_row(),),
        "unavailable": (), "paused": (), **changes,
    }  # fmt: skip
    return PoolState(**said)
