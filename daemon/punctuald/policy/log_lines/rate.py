"""How many lines of one kind go into the log in a span of time; occasions without a line are counted."""

from __future__ import annotations

REMINDER_SECONDS = 300.0
"""What lasts has a line this often: who looks at the last hour of a log only must see it."""


class LogRate:
    """At most ``lines`` in each span of ``seconds``, which begins with its first line."""

    def __init__(self, lines: int, seconds: float) -> None:
        self._lines = lines
        self._seconds = seconds
        self._span_began_mono = float("-inf")
        self._logged = 0
        self._suppressed = 0

    def suppressed(self, now_mono: float) -> int | None:
        """Call it once for each occasion. Returns how many occasions had no line since the last that had one; None
        where this one must have none either."""
        if now_mono - self._span_began_mono >= self._seconds:
            self._span_began_mono, self._logged = now_mono, 0
        if self._logged >= self._lines:
            self._suppressed += 1
            return None
        self._logged += 1
        return self._take()

    def unlogged(self, now_mono: float, after_seconds: float = 0.0) -> int:
        """How many occasions had no line, where the last span began at least ``after_seconds`` ago: no other occasion
        may come to bear their number. They count as logged from then on."""
        return self._take() if now_mono - self._span_began_mono >= after_seconds else 0

    def _take(self) -> int:
        suppressed, self._suppressed = self._suppressed, 0
        return suppressed
