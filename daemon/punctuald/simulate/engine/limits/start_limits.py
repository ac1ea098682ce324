"""A queue's limits at work: when the next message may start, whatever slot is free."""

from __future__ import annotations

from heapq import heappush, heapreplace

from punctuald.policy.limits.queue_limits import QueueLimits
from punctuald.simulate.trace.stamps import PLACE_MASK, stamp


class StartLimits:
    """Of one daemon. Moments are stamps without a place. The rate is kept to as by one worker that has all of it."""

    def __init__(self, limits: QueueLimits) -> None:
        self.any = limits.any
        self._at_once = limits.concurrency
        self._apart = stamp(1.0 / limits.rate_per_second) if limits.rate_per_second else 0
        self._next = 0
        self._ends: list[int] = []  # of what runs, as many as may

    def not_before(self, moment: int) -> int:
        """When a message may start that could at ``moment``."""
        if self._at_once is not None and len(self._ends) == self._at_once:
            moment = max(moment, self._ends[0])
        return max(moment, self._next)

    def started(self, moment: int, end: int) -> None:
        """One was, and ends then."""
        self._next = moment + self._apart & ~PLACE_MASK
        if self._at_once is not None and len(self._ends) == self._at_once:
            heapreplace(self._ends, end & ~PLACE_MASK)
        elif self._at_once is not None:
            heappush(self._ends, end & ~PLACE_MASK)
