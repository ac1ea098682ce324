"""AWS target tracking on the backlog per instance, as Amazon's own guide sets it up for SQS.

``metric = ApproximateNumberOfMessages / instances in service`` once a minute; ``target = acceptable latency / mean
processing time``, times the messages that an instance handles at once. When it acts: `scalers/target_tracking.py`. The
law does not see the rate, so it comes to rest with a standing queue as long as the accepted latency.

Source: EC2 Auto Scaling User Guide, "Scaling policy based on Amazon SQS".
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from math import ceil

from punctuald.simulate.scalers.scaler import Sight
from punctuald.simulate.scalers.target_tracking import PERIOD_SECONDS, TargetTrackingAlarms

from .recipe import Recipe, grid


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
    tick_seconds = PERIOD_SECONDS

    def __init__(self, settings: TargetTrackingSettings) -> None:
        self._target = settings.target_backlog
        self._alarms = TargetTrackingAlarms(
            settings.target_backlog,
            cooldown_seconds=settings.cooldown_seconds,
            step_in_share=settings.step_in_share,
        )

    def workers(self, sight: Sight) -> int:
        """See `Scaler.workers`."""
        if sight.depth is None:
            self._alarms.forget()
            return sight.ordered
        value = sight.depth.visible / max(1, sight.ready)
        return self._alarms.capacity(sight.now_seconds, sight.ordered, value, ceil(sight.depth.visible / self._target))


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
