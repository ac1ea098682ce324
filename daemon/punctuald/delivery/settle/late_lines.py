"""How many late messages have a line in the log, where there are thousands a second."""

from __future__ import annotations

LINES_PER_SECOND = 50
"""Of each worker. A backlog that is late as a whole says no more with every message, and a line costs half of one."""


class LateLines:
    """What has no line is counted, and the next one that has says how many."""

    def __init__(self) -> None:
        self._second_began_mono = float("-inf")
        self._logged = 0
        self._suppressed = 0

    def suppressed(self, now_mono: float) -> int | None:
        """Asked once a late message: how many had no line since the last that had one; None = this has none either."""
        if now_mono - self._second_began_mono >= 1.0:
            self._second_began_mono, self._logged = now_mono, 0
        if self._logged >= LINES_PER_SECOND:
            self._suppressed += 1
            return None
        self._logged += 1
        suppressed, self._suppressed = self._suppressed, 0
        return suppressed
