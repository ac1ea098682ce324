"""The alarms behind AWS's target tracking, whatever metric it tracks.

Out: when the last 3 minutes' values are above the target, in proportion. In: when the last 15 are below 0.9 x target,
and 300 s after the last change.

Source: Application Auto Scaling User Guide, "How target tracking scaling works". Not published, and assumed: 3 of 3, 15
of 15 and 0.9 are what its alarms show; scaling in "more gradually" is taken for a tenth, at least one, at a time.
"""

from __future__ import annotations

from collections import deque

HIGH_POINTS, LOW_POINTS = 3, 15
LOW_SHARE = 0.9
PERIOD_SECONDS = 60.0
NEVER = float("-inf")


class TargetTrackingAlarms:
    """Remembers a quarter of an hour of values, one a minute."""

    def __init__(self, target: float, *, cooldown_seconds: float = 300.0, step_in_share: float = 0.1) -> None:
        self._target = target
        self._cooldown_seconds = cooldown_seconds
        self._step_in_share = step_in_share
        self._values: deque[float] = deque(maxlen=LOW_POINTS)
        self._changed_seconds = NEVER

    def forget(self) -> None:
        """A minute without a value is insufficient data: the alarms then do nothing."""
        self._values.clear()

    def capacity(self, now_seconds: float, ordered: int, value: float, proportional: int) -> int:
        """How much there should be, where ``ordered`` is; ``proportional`` would bring this minute's ``value`` to the
        target."""
        self._values.append(value)
        wanted = self._wanted(ordered, proportional)
        if wanted < ordered and now_seconds - self._changed_seconds < self._cooldown_seconds:
            return ordered
        if wanted != ordered:
            self._changed_seconds = now_seconds
        return wanted

    def _wanted(self, ordered: int, proportional: int) -> int:
        latest = list(self._values)
        if len(latest) >= HIGH_POINTS and min(latest[-HIGH_POINTS:]) > self._target:
            return max(ordered, proportional)
        if len(latest) == LOW_POINTS and max(latest) < LOW_SHARE * self._target:
            step = max(1, int(ordered * self._step_in_share))
            return max(1, proportional, ordered - step)
        return ordered
