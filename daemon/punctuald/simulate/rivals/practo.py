"""Practo's worker pod autoscaler (WPA) for SQS: the queue's length, with a floor from the rate.

Every 20 s: ``desired = ceil((visible + reserved) / targetMessagesPerWorker)``, not below ``ceil(secondsToProcessOneJob
* messages sent in a minute / 60)``; a change of up to 10 % is not made. Down: not within 600 s of the last change.

Source: practo/k8s-worker-pod-autoscaler, pkg/controller/controller.go and scale_operation.go. The messages of the last
whole minute stand for CloudWatch's count. `targetMessagesPerWorker` has no default; 5 is the example's and KEDA's.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from math import ceil

from punctuald.simulate.scalers.scaler import Sight

from .recipe import Recipe, grid

TOLERANCE = 0.1
POLL_SECONDS = 20.0
MINUTE_POLLS = 3
NEVER = float("-inf")


@dataclass(frozen=True, slots=True)
class WpaSettings:
    """``job_seconds``: what one message takes of one worker."""

    job_seconds: float
    target_messages: int = 5
    down_after_seconds: float = 600.0

    @property
    def label(self) -> str:
        """See `Recipe.label`."""
        return f"{self.target_messages} messages a worker, down after {self.down_after_seconds:g} s"

    def scaler(self) -> PractoWpa:
        """See `Recipe.scaler`."""
        return PractoWpa(self)


class PractoWpa:
    """The law."""

    name = "practo WPA"
    tick_seconds = POLL_SECONDS

    def __init__(self, settings: WpaSettings) -> None:
        self._settings = settings
        self._sent: list[int] = []  # in this minute, by poll
        self._sent_per_minute = 0
        self._changed_seconds = NEVER

    def workers(self, sight: Sight) -> int:
        """See `Scaler.workers`."""
        self._count(sight.sent)
        wanted = self._wanted(sight)
        if wanted < sight.ordered and sight.now_seconds - self._changed_seconds < self._settings.down_after_seconds:
            return sight.ordered
        if wanted != sight.ordered:
            self._changed_seconds = sight.now_seconds
        return wanted

    def _count(self, sent: int) -> None:
        self._sent.append(sent)
        if len(self._sent) == MINUTE_POLLS:
            self._sent_per_minute = sum(self._sent)
            self._sent.clear()

    def _wanted(self, sight: Sight) -> int:
        if sight.depth is None:
            return sight.ordered
        least = max(1, ceil(self._settings.job_seconds * self._sent_per_minute / 60))
        messages = sight.depth.visible + sight.depth.in_flight
        desired = max(least, ceil(messages / self._settings.target_messages))
        if abs(desired - sight.ordered) <= TOLERANCE * sight.ordered:
            return max(least, sight.ordered)
        return desired


def variants(published: WpaSettings) -> tuple[Recipe, ...]:
    """More messages for each worker, and less patience."""
    others = (
        WpaSettings(published.job_seconds, messages, seconds)
        for messages, seconds in product((4, 5, 10), (600.0, 120.0, 30.0))
    )
    return grid(published, others)
