"""How many handlers failed lately, where «lately» goes back until there are enough of them to say something."""

from __future__ import annotations

from collections import deque

from .failures import Outcomes

OUTCOMES_SECONDS = 10.0  # to see that too many fail
LATEST_SECONDS = 3.0  # to see that it is over
LONGEST_SECONDS = 600.0  # failures that are older say nothing of now, however few handlers there were
ENOUGH_ENDED = 100  # tells twice the default limit of 5 % from chance, in most windows


class OutcomeWindow:
    """Totals of failed and ended handlers, as they were over the last ten minutes."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int, int]] = deque()

    def note(self, now_mono: float, failed_total: int, ended_total: int) -> None:
        """The totals as of now, which never fall."""
        self._seen.append((now_mono, failed_total, ended_total))
        while now_mono - self._seen[0][0] > LONGEST_SECONDS:
            self._seen.popleft()

    def outcomes(self, seconds: float) -> Outcomes:
        """Since the last ``seconds`` or more, as few more as have `ENOUGH_ENDED` in them; nothing before the first."""
        if not self._seen:
            return Outcomes()
        (oldest_mono, _, oldest_ended), (now_mono, failed_total, ended_total) = self._seen[0], self._seen[-1]
        if oldest_ended == ended_total:  # an idle daemon's: nothing to look for
            return Outcomes(0, 0, now_mono - oldest_mono)
        found = self._seen[0]
        for found in reversed(self._seen):
            if now_mono - found[0] >= seconds and ended_total - found[2] >= ENOUGH_ENDED:
                break
        return Outcomes(failed_total - found[1], ended_total - found[2], now_mono - found[0])
