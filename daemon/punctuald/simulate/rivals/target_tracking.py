"""AWS target tracking on the backlog per instance, as Amazon's own guide sets it up for SQS.

``metric = ApproximateNumberOfMessages / instances in service`` once a minute; ``target = acceptable latency / mean
processing time``, times the messages that an instance handles at once. Out: when the last 3 metrics are above the
target, to ``ceil(instances * metric / target)``. In: when the last 15 are below 0.9 x target, and 300 s after the last
change. The law does not see the rate, so it comes to rest with a standing queue as long as the accepted latency.

Source: EC2 Auto Scaling User Guide, "Scaling policy based on Amazon SQS"; Application Auto Scaling User Guide, "How
target tracking scaling works". Not published, and assumed: 3 of 3, 15 of 15 and 0.9 are what its alarms show; scaling
in "more gradually" is taken for a tenth of the instances, at least one, at a time.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from itertools import product
from math import ceil

from punctuald.simulate.scalers.scaler import Sight

from .recipe import Recipe, grid

HIGH_POINTS, LOW_POINTS = 3, 15
LOW_SHARE = 0.9
NEVER = float("-inf")


@dataclass(frozen=True, slots=True)
class TargetTrackingSettings:
    """``target_backlog``: messages for each instance; ``step_in_share``: how much goes at once when scaling in."""

    target_backlog: float
    cooldown_seconds: float = 300.0
    step_in_share: float = 0.1

    @property
    def label(self) -> str:
        """See `Recipe.label`."""
        return f"{self.target_backlog:g} messages an instance, in by {self.step_in_share:.0%}"

    def scaler(self) -> TargetTracking:
        """See `Recipe.scaler`."""
        return TargetTracking(self)


class TargetTracking:
    """The law."""

    name = "AWS target tracking"
    tick_seconds = 60.0

    def __init__(self, settings: TargetTrackingSettings) -> None:
        self._settings = settings
        self._metrics: deque[float] = deque(maxlen=LOW_POINTS)
        self._changed_seconds = NEVER

    def workers(self, sight: Sight) -> int:
        """See `Scaler.workers`. A minute without a metric is insufficient data: its alarms then do nothing."""
        if sight.depth is None:
            self._metrics.clear()
            return sight.ordered
        in_service = max(1, sight.ready)
        self._metrics.append(sight.depth.visible / in_service)
        wanted = self._wanted(sight.ordered, ceil(sight.depth.visible / self._settings.target_backlog))
        if wanted < sight.ordered and sight.now_seconds - self._changed_seconds < self._settings.cooldown_seconds:
            return sight.ordered
        if wanted != sight.ordered:
            self._changed_seconds = sight.now_seconds
        return wanted

    def _wanted(self, ordered: int, proportional: int) -> int:
        latest = list(self._metrics)
        if len(latest) >= HIGH_POINTS and min(latest[-HIGH_POINTS:]) > self._settings.target_backlog:
            return max(ordered, proportional)
        if len(latest) == LOW_POINTS and max(latest) < LOW_SHARE * self._settings.target_backlog:
            step = max(1, int(ordered * self._settings.step_in_share))
            return max(1, proportional, ordered - step)
        return ordered


def guided(threshold_seconds: float, service_seconds: float, slots: int) -> TargetTrackingSettings:
    """The settings that Amazon's guide arrives at."""
    return TargetTrackingSettings(threshold_seconds / service_seconds * slots)


def variants(published: TargetTrackingSettings) -> tuple[Recipe, ...]:
    """Less backlog than the guide's, and scaling in at one go."""
    others = (
        TargetTrackingSettings(published.target_backlog * share, step_in_share=step)
        for share, step in product((1.0, 0.5, 0.2, 0.05), (0.1, 1.0))
    )
    return grid(published, others)
