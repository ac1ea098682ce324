"""How long to wait before another client is made, where the library has declared some useless."""

from __future__ import annotations

LONGEST_SECONDS = 30.0
FORGOTTEN_SECONDS = 120.0
"""After so long in peace the next one is the first again."""


class Renewals:
    """Two clients that share one identity throw each other out for ever, each just after its start: so the wait doubles
    with each time, whatever worked in between. Pure state."""

    def __init__(self) -> None:
        self._in_a_row = 0
        self._last_mono = 0.0
        self._due_mono = 0.0

    def useless(self, now_mono: float) -> float:
        """A client is of no use any more. Returns the seconds until there may be another one."""
        if now_mono - self._last_mono > FORGOTTEN_SECONDS:
            self._in_a_row = 0
        seconds = float(min(LONGEST_SECONDS, 2**self._in_a_row))
        self._in_a_row += 1
        self._last_mono, self._due_mono = now_mono, now_mono + seconds
        return seconds

    def remaining_seconds(self, now_mono: float) -> float:
        """How much of the wait is left."""
        return max(0.0, self._due_mono - now_mono)
