"""What of the time that passes this process is awake to see."""

from __future__ import annotations

from collections import deque

from punctuald.clock import Clock
from punctuald.policy.pool.standstill import StandStill, lost_seconds, stood_still

MOST_REMEMBERED = 64
"""Stand-stills: whoever runs for longer than the last 64 of them is charged for those before."""


class AwakeTime:
    """Whoever has it looks at least every ``longest_wait_seconds``. May be asked from any thread: at worst two of them
    find the same stand-still, which counts once all the same."""

    def __init__(self, clock: Clock, longest_wait_seconds: float) -> None:
        self._clock = clock
        self._longest_wait_seconds = longest_wait_seconds
        self._looked = (clock.mono(), clock.cpu())
        self._stand_stills: deque[StandStill] = deque(maxlen=MOST_REMEMBERED)

    @property
    def looked_mono(self) -> float:
        """When it was looked last; what was seen of others since is not older."""
        return self._looked[0]

    def look(self) -> StandStill | None:
        """The stand-still that ended since the last look, if there was one."""
        (looked_mono, looked_cpu), self._looked = self._looked, (self._clock.mono(), self._clock.cpu())
        now_mono, now_cpu = self._looked
        still = stood_still(looked_mono, now_mono, self._longest_wait_seconds, now_cpu - looked_cpu)
        if still is not None:
            self._stand_stills.append(still)
        return still

    def lost_seconds(self, since_mono: float, until_mono: float) -> float:
        """How many of the seconds between the two the process stood still, up to this very moment."""
        self.look()
        return lost_seconds(tuple(self._stand_stills), since_mono, until_mono)
