"""How many clients a server takes in a second: what it does for them is taken from the workers' processors."""

from __future__ import annotations

MOST_PER_SECOND = 100
"""A hundred times what Prometheus, a load balancer and a few people ask for together; a page costs a quarter of a
millisecond, so that is a fortieth of a processor."""


class Pace:
    """A bucket of `MOST_PER_SECOND` tokens, which is as full again a second later."""

    def __init__(self, now_mono: float) -> None:
        self._tokens = float(MOST_PER_SECOND)
        self._filled_mono = now_mono

    def takes_one(self, now_mono: float) -> bool:
        """Whether one more may come."""
        filled = self._tokens + (now_mono - self._filled_mono) * MOST_PER_SECOND
        self._tokens, self._filled_mono = min(float(MOST_PER_SECOND), filled), now_mono
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True
