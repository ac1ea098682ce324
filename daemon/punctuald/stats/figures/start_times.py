"""How long workers take from their fork until they are of use, handler import included."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable
from math import ceil

from punctuald.stats.board.row_reader import RowReader

QUANTILE = 0.95
KEPT = 50


class StartTimes:
    """The last 50 starts that were seen. A row whose ``ready_mono`` has changed was started anew."""

    def __init__(self) -> None:
        self._ready_mono: dict[RowReader, float] = {}
        self._starts: deque[float] = deque(maxlen=KEPT)
        self._seconds: float | None = None

    def seconds(self, workers: Iterable[RowReader]) -> float | None:
        """See `start_seconds`; None until the first start."""
        for view in workers:
            ready_mono = view.ready_mono
            if ready_mono is not None and ready_mono != self._ready_mono.get(view):
                self._ready_mono[view] = ready_mono
                self._add(view.start_seconds)
        return self._seconds

    def _add(self, seconds: float) -> None:
        self._starts.append(seconds)
        self._seconds = start_seconds(self._starts)


def start_seconds(starts: Collection[float]) -> float:
    """What nearly every one of ``starts`` took at most: their 95th percentile (nearest rank)."""
    return sorted(starts)[ceil(QUANTILE * len(starts)) - 1]
