"""How slow the slowest messages of the last minutes were: what may still be running when a deadline comes."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from punctuald.stats.board.cells import MICROSECONDS

from . import histogram
from .histogram import Histogram

QUANTILE = 0.995
FEWEST_MESSAGES = 20
WINDOW_SECONDS = 600.0
_KEPT_EVERY_SECONDS = 60.0
_REFRESH_SECONDS = 10.0


class ServiceTail:
    """The 99.5th percentile of the run times over about the last ten minutes.

    The board's histograms never forget. So a copy is kept each minute, and what was counted in the last ten minutes is
    the present histogram less the copy of ten minutes ago; a new reader, which has no copy yet, takes it all.
    """

    def __init__(self) -> None:
        self._kept: deque[tuple[float, Histogram]] = deque([(float("-inf"), histogram.EMPTY)])
        self._seconds: float | None = None
        self._count = 0
        self._due_mono = float("-inf")

    def seconds(self, now_mono: float, count: int, runs: Callable[[], Histogram]) -> float | None:
        """None until 20 messages ended; while fewer than 20 end in ten minutes, the previous answer.

        ``runs`` gives all run times since the daemon began. Their number is ``count``; ``runs`` is called only when
        that changed.
        """
        if count != self._count and (self._seconds is None or now_mono >= self._due_mono):
            self._count, self._due_mono = count, now_mono + _REFRESH_SECONDS
            self._learn(now_mono, runs())
        return self._seconds

    def _learn(self, now_mono: float, runs: Histogram) -> None:
        while len(self._kept) > 1 and now_mono - self._kept[1][0] >= WINDOW_SECONDS:
            self._kept.popleft()
        recent = histogram.difference(runs, self._kept[0][1])
        if recent.count >= FEWEST_MESSAGES:
            self._seconds = recent.quantile_us(QUANTILE) / MICROSECONDS
        if now_mono - self._kept[-1][0] >= _KEPT_EVERY_SECONDS:
            self._kept.append((now_mono, runs))
