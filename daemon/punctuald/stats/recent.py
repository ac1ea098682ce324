"""How long handlers took lately: what a worker's own leases and look-ahead are cut by.

In the worker's private memory and of its last few hundred messages only: the board's histograms never forget, and a
handler that became slow an hour ago must not be given an average of the whole day.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from itertools import islice
from math import ceil, fsum

KEPT = 512
_RESORT_SHARE = 8  # sorting 512 numbers takes as long as recording three samples: only after an eighth of them anew


class RecentRuns:
    """The last run times. Not safe for several threads: its owner locks, but anyone may read ``mean_seconds``."""

    def __init__(self) -> None:
        self._runs: deque[float] = deque(maxlen=KEPT)
        self._sum_seconds = 0.0
        self._p99_seconds = 0.0
        self._since_sorted = 0
        self.mean_seconds: float | None = None  # None before the first message

    def add(self, runs: Sequence[float]) -> None:
        """So many more messages ran for so many seconds; at most as many as are kept."""
        kept = self._runs
        leaving = islice(kept, max(0, len(kept) + len(runs) - KEPT))
        self._sum_seconds += sum(runs) - sum(leaving)
        kept.extend(runs)
        self._since_sorted += len(runs)
        self.mean_seconds = max(0.0, self._sum_seconds / len(kept))

    def p99_seconds(self) -> float | None:
        """The 99th percentile, which may leave out up to the last 63 of 512 messages; None before the first message."""
        if not self._runs:
            return None
        if self._since_sorted >= max(1, len(self._runs) // _RESORT_SHARE):
            self._p99_seconds = sorted(self._runs)[ceil(0.99 * len(self._runs)) - 1]
            self._sum_seconds = fsum(self._runs)  # what adding and taking away floats has left behind
            self._since_sorted = 0
        return self._p99_seconds
