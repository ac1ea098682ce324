"""What a worker has in hand past its deadline: late already, though it is not settled yet."""

from __future__ import annotations

from collections.abc import Iterable

from punctuald.delivery.in_flight import InFlight


def overdue(items: Iterable[InFlight], now_mono: float) -> dict[tuple[int, int], tuple[int, float]]:
    """By the indexes of queue and tier: how many of ``items`` are past their deadline, and by how much the first."""
    found: dict[tuple[int, int], tuple[int, float]] = {}
    for item in items:
        if item.deadline_mono < now_mono:
            pair = (item.queue, item.tier_target.tier)
            messages, worst_seconds = found.get(pair, (0, 0.0))
            found[pair] = messages + 1, max(worst_seconds, now_mono - item.deadline_mono)
    return found
