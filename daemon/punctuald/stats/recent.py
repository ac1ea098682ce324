"""How long handlers took lately: what a worker's own leases and look-ahead are cut by.

In the worker's private memory and of its last few hundred messages only: the board's histograms never forget, and a
handler that became slow an hour ago must not be given an average of the whole day.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from math import ceil

from .histogram import MICROSECONDS

KEPT = 512
_RESORT_SHARE = 8  # sorting 512 numbers takes as long as recording three samples: only after an eighth of them anew


class RecentRuns:
    """The last run times. Not safe for several threads: its owner locks, but anyone may read ``mean_seconds``."""

    def __init__(self) -> None:
        self._runs_us: deque[int] = deque(maxlen=KEPT)
        self._sum_us = 0
        self._p99_us = 0
        self._since_sorted = 0
        self.mean_seconds: float | None = None  # None before the first message

    def add(self, runs_us: Sequence[int]) -> None:
        """So many more messages ran for so many microseconds."""
        kept = self._runs_us
        for run_us in runs_us:
            self._sum_us += run_us - (kept[0] if len(kept) == KEPT else 0)
            kept.append(run_us)
        self._since_sorted += len(runs_us)
        if kept:
            self.mean_seconds = self._sum_us / len(kept) / MICROSECONDS

    def p99_seconds(self) -> float | None:
        """The 99th percentile, which may leave out up to the last 63 of 512 messages; None before the first message."""
        if not self._runs_us:
            return None
        if self._since_sorted >= max(1, len(self._runs_us) // _RESORT_SHARE):
            self._p99_us = sorted(self._runs_us)[ceil(0.99 * len(self._runs_us)) - 1]
            self._since_sorted = 0
        return self._p99_us / MICROSECONDS
