"""How many handler slots a queue with limits can use: what its limits hold back is no demand for workers."""

from __future__ import annotations

from math import inf

from .queue_limits import QueueLimits

GUESSED_GROWTH = 2.0
"""While it is not known how long a handler takes, a rate says nothing of slots: then twice as many, and look again."""

BUSY_SHARE = 0.75
"""Of all slots: with a rate each of them waits for a tick between two messages, so that some are free at any look. What
the limits let run bounds the demand, so to begin somewhat early does no harm."""


def slots_hold_back(busy_slots: int, slots: int) -> bool:
    """Whether more could run if there were more slots."""
    return busy_slots >= BUSY_SHARE * slots


def needed_slots(limits: QueueLimits, running: float, service_seconds: float | None, *, more_could_run: bool) -> float:
    """Slots for the messages that run, or for all that its limits let run where ``more_could_run``: there are more, and
    nothing but the number of slots keeps them from it."""
    if not more_could_run:
        return running
    most = float(limits.concurrency or inf)
    if limits.rate_per_second is not None and service_seconds is not None:
        most = min(most, limits.rate_per_second * service_seconds)
    if most == inf:
        most = max(1.0, GUESSED_GROWTH * running)
    return max(running, most)
