"""What the metrics say that is not counted but set, or known of the daemon as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Facts:
    """``threshold_seconds`` are by tier; ``objective`` is the share of messages that must be on time. ``ready``: as
    `/readyz` says it."""

    version: str
    ready: bool
    objective: float
    threshold_seconds: Mapping[str, float]
    min_workers: int
    max_workers: int
