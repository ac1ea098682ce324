"""KEDA's `aws-sqs-queue` scaler: an HPA on the queue's length.

``metric = ApproximateNumberOfMessages + ApproximateNumberOfMessagesNotVisible``, ``target = queueLength`` for each pod,
5 by default. Nothing in it knows service times, rates or deadlines. From one pod up the HPA asks every 15 s; KEDA's own
polling (30 s) and cool-down (300 s) decide only between none and one, which is never asked here.

Source: kedacore/keda @ 8b4f083, pkg/scalers/aws_sqs_queue_scaler.go and pkg/scaling/executor.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import product

from punctuald.simulate.scalers.scaler import Sight

from .kubernetes import SYNC_SECONDS, HorizontalPodAutoscaler, HpaSettings
from .recipe import Recipe, grid


@dataclass(frozen=True, slots=True)
class KedaSettings:
    """A trigger's `queueLength`, and the HPA that KEDA makes for it."""

    queue_length: int = 5
    hpa: HpaSettings = field(default_factory=HpaSettings)

    @property
    def label(self) -> str:
        """See `Recipe.label`."""
        return f"queueLength {self.queue_length}, down after {self.hpa.down_window_seconds:g} s"

    def scaler(self) -> Keda:
        """See `Recipe.scaler`."""
        return Keda(self)


class Keda:
    """The law."""

    name = "KEDA"
    tick_seconds = SYNC_SECONDS

    def __init__(self, settings: KedaSettings) -> None:
        self._settings = settings
        self._hpa = HorizontalPodAutoscaler(settings.hpa)

    def workers(self, sight: Sight) -> int:
        """See `Scaler.workers`. A metric that is not known changes nothing."""
        if sight.depth is None:
            return sight.ordered
        metric = sight.depth.visible + sight.depth.in_flight
        return self._hpa.replicas(sight.now_seconds, sight.ordered, metric, self._settings.queue_length)


def variants() -> tuple[Recipe, ...]:
    """Four lengths (a pod that runs four at a time is full at four) and three windows."""
    others = (
        KedaSettings(length, HpaSettings(down_window_seconds=seconds))
        for length, seconds in product((2, 4, 5, 10), (300.0, 60.0, 15.0))
    )
    return grid(KedaSettings(), others)
