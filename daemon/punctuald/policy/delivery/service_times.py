"""How long handlers took lately: from this a worker works out its leases and its look-ahead.

Kept in the worker's private memory, for its last few hundred messages only: the board's histograms never forget, and
for a handler that became slow an hour ago the average of the whole day would be wrong.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from itertools import islice
from math import ceil, fsum

KEPT = 512
_RESORT_SHARE = 2
"""The percentile is asked for with every receive, and sorting 512 numbers takes as long as recording three of them, so
they are sorted again only when half of them are new."""


class ServiceTimes:
    """The last few hundred times that handling one message took."""

    def __init__(self) -> None:
        self._kept: deque[float] = deque(maxlen=KEPT)
        self._sum_seconds = 0.0
        self._p99_seconds = 0.0
        self._since_sorted = 0
        self.mean_seconds: float | None = None  # None before the first message

    def add(self, seconds: Sequence[float]) -> None:
        """So many more messages took so long; at most as many at a time as are kept."""
        kept = self._kept
        leaving = islice(kept, max(0, len(kept) + len(seconds) - KEPT))
        self._sum_seconds += sum(seconds) - sum(leaving)
        kept.extend(seconds)
        self._since_sorted += len(seconds)
        self.mean_seconds = max(0.0, self._sum_seconds / len(kept))

    def p99_seconds(self) -> float | None:
        """The 99th percentile, which may leave out the last 255 of 512 messages; None before the first message."""
        if not self._kept:
            return None
        if self._since_sorted >= max(1, len(self._kept) // _RESORT_SHARE):
            self._p99_seconds = sorted(self._kept)[ceil(0.99 * len(self._kept)) - 1]
            self._sum_seconds = fsum(self._kept)  # removes the rounding errors of adding and subtracting floats
            self._since_sorted = 0
        return self._p99_seconds
