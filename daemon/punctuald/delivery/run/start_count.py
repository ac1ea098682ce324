"""Counts what handlers were given, by how urgent it was when they began."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from punctuald.delivery.in_flight import InFlight
from punctuald.model import Metric
from punctuald.policy.delivery.priority import STARTED, Priority, classify

Count = Callable[[int, Metric, int], None]
"""`StatsPort.count`."""


def count_starts(items: Sequence[InFlight], count: Count) -> None:
    """``items`` are of one queue, and their handlers have ended: what is taken back unstarted never gets here. All of
    one class are counted together, as nearly always."""
    used = [1.0 - (item.deadline_mono - item.started_mono) / item.tier_target.threshold_seconds for item in items]
    most = classify(max(used))
    if most is Priority.LOW or most is classify(min(used)):
        count(items[0].queue, STARTED[most], len(items))
        return
    for item, share in zip(items, used, strict=True):
        count(item.queue, STARTED[classify(share)], 1)
