"""How many late messages have a line in the log, where there are thousands a second."""

from __future__ import annotations

import threading

LINES_PER_SECOND = 50
"""Of each worker. A backlog that is late as a whole says no more with every message, and a line costs half of one."""


class BreachLines:
    """Safe for threads. What has no line is counted, and the next one that has says how many."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._second_began_mono = float("-inf")
        self._told = 0
        self._silenced = 0

    def silenced(self, now_mono: float) -> int | None:
        """Asked once a late message: how many had no line since the last that had one; None = this has none either."""
        with self._lock:
            if now_mono - self._second_began_mono >= 1.0:
                self._second_began_mono, self._told = now_mono, 0
            if self._told >= LINES_PER_SECOND:
                self._silenced += 1
                return None
            self._told += 1
            silenced, self._silenced = self._silenced, 0
            return silenced
