"""Which of what is ready can still be run before a stop's time is over."""

from __future__ import annotations

from math import inf


def startable(slots: int, mean_service_seconds: float | None, seconds_left: float) -> float:
    """How many messages ``slots`` can still begin and end within ``seconds_left``; infinity while nothing is measured.

    Rounded down: a message that is begun and not ended in time has used up its receive all the same. 0 when no time is
    left.
    """
    if seconds_left <= 0:
        return 0
    if not mean_service_seconds:
        return inf
    return slots * (seconds_left // mean_service_seconds)
