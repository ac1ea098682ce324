"""Whether a server takes one more client: what it does for them is taken from the workers' processors."""

from __future__ import annotations

from enum import StrEnum

MOST_CONNECTIONS = 50
MOST_PER_SECOND = 100


class Excess(StrEnum):
    """What there is too much of for one more client."""

    CONNECTIONS = "connections"  # at a time
    RATE = "rate"  # of connections, in a second


class Admission:
    """A bucket of `MOST_PER_SECOND` tokens, one for each client, which is as full again a second later."""

    def __init__(self, now_mono: float) -> None:
        self._tokens = float(MOST_PER_SECOND)
        self._filled_mono = now_mono

    def excess(self, connections: int, now_mono: float) -> Excess | None:
        """Call it once for each client. ``connections``: that there are without this one. None = it is let in."""
        if connections >= MOST_CONNECTIONS:
            return Excess.CONNECTIONS
        filled = self._tokens + (now_mono - self._filled_mono) * MOST_PER_SECOND
        self._tokens, self._filled_mono = min(float(MOST_PER_SECOND), filled), now_mono
        if self._tokens < 1:
            return Excess.RATE
        self._tokens -= 1
        return None
