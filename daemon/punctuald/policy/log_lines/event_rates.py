"""How many lines each event of one process may have: what can happen once a message can happen ten thousand times a
second, and a log that is flooded loses what matters (journald lets nothing through at all then)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from .rate import LogRate


class Limit(NamedTuple):
    """So many lines in so many seconds."""

    lines: int
    seconds: float


USUAL = Limit(20, 10.0)
"""Enough to see what happens and to whom; how often is counted."""

LAST_LINE = Limit(50, 1.0)
"""Of what is said of a message last: where it went, or that it was late. Somebody will look for one of them."""

OF_QUEUES = Limit(512, 60.0)
"""Once a queue, of which there may be 256: each has its line, coming and going, but not at every call."""

OF_A_LIBRARY = Limit(3, 60.0)
"""What it says of each connection and each try, while we say that the brokers are away."""

LIMITS: Mapping[str, Limit] = {
    "queue.available": OF_QUEUES,
    "queue.unavailable": OF_QUEUES,
    "queue.still_unavailable": OF_QUEUES,
    "kafka.client": OF_A_LIBRARY,
    "kafka.log_replaced": OF_QUEUES,  # once a partition
    "kafka.records_gone": OF_QUEUES,
    "message.breached": LAST_LINE,
    "message.rejected": LAST_LINE,
    "message.discarded": LAST_LINE,
}
LIMITS_BY_LEVEL: Mapping[str, Limit] = {"error": LAST_LINE}
"""An error is about work that is lost, or may be."""


class EventRates:
    """One for each process. An event's rate is made when it first happens, in whichever thread."""

    def __init__(self) -> None:
        self._rates: dict[str, LogRate] = {}

    def suppressed(self, event: str, level: str, now_mono: float) -> int | None:
        """See `LogRate.suppressed`."""
        rate = self._rates.get(event)
        if rate is None:
            limit = LIMITS.get(event) or LIMITS_BY_LEVEL.get(level, USUAL)
            rate = self._rates[event] = LogRate(limit.lines, limit.seconds)
        return rate.suppressed(now_mono)

    def unlogged(self, now_mono: float, after_seconds: float) -> dict[str, int]:
        """By event, see `LogRate.unlogged`; without those of which all had lines."""
        counts = {event: rate.unlogged(now_mono, after_seconds) for event, rate in tuple(self._rates.items())}
        return {event: count for event, count in counts.items() if count}
