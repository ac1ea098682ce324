"""How much totals grew lately: what was added over the last seconds, from numbers that only ever grow."""

from __future__ import annotations

from collections import deque


class SlidingWindow:
    """Totals of several things, as they were over the last ``seconds``."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._seen: deque[tuple[float, tuple[float, ...]]] = deque()

    def increase(self, now_mono: float, *totals: float) -> tuple[float, ...]:
        """``totals`` are as of now; returns what each has gained since the window's beginning, 0 at the first call."""
        self._seen.append((now_mono, totals))
        while len(self._seen) > 1 and now_mono - self._seen[0][0] > self._seconds:
            self._seen.popleft()
        return tuple(now - before for now, before in zip(totals, self._seen[0][1], strict=True))
