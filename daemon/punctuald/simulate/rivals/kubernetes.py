"""Kubernetes' Horizontal Pod Autoscaler for one external metric with an average value, which KEDA relies on.

Every 15 s: ``ratio = metric / (target * replicas)``; nothing is done while ``|1 - ratio| <= 0.1``, else ``desired =
ceil(metric / target)``. Up: at once, by at most the larger of 4 pods and 100 % in 15 s. Down: to the highest that was
desired in the last 300 s.

Source: kubernetes/kubernetes, pkg/controller/podautoscaler/replica_calculator.go and horizontal.go,
pkg/apis/autoscaling/v2/defaults.go.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from .recent import Recent

SYNC_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class HpaSettings:
    """The `behavior` of an HPA, and the controller's tolerance."""

    tolerance: float = 0.1
    down_window_seconds: float = 300.0
    up_pods: int = 4
    up_share: float = 1.0


class HorizontalPodAutoscaler:
    """Its state is what it desired over the stabilization window."""

    def __init__(self, settings: HpaSettings) -> None:
        self._settings = settings
        self._desired: Recent[int] = Recent(settings.down_window_seconds)

    def replicas(self, now_seconds: float, current: int, metric: float, target: float) -> int:
        """How many there should be, where ``metric`` is a total and ``target`` is each replica's part of it."""
        desired = self._desire(current, metric, target)
        self._desired.note(now_seconds, desired)
        if desired > current:
            most = max(current + self._settings.up_pods, ceil(current * (1 + self._settings.up_share)))
            return min(desired, most)
        return min(current, self._desired.highest)

    def _desire(self, current: int, metric: float, target: float) -> int:
        ratio = metric / (target * current)
        if abs(1 - ratio) <= self._settings.tolerance:
            return current
        return max(1, ceil(metric / target))
