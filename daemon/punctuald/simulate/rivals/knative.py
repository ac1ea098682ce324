"""Knative's pod autoscaler (KPA): mean concurrency over a stable window, and a short one for panic.

Every 2 s: ``desired = ceil(mean concurrency / (0.7 * containerConcurrency))`` over 60 s, and the same over 6 s. When
the latter is at least twice the ready pods it panics: the larger of the two, and never less than before, until 60 s
without such a reading. Up to 1,000 times, down to half of the ready pods at once.

Source: knative/serving @ 98e5ef9, pkg/autoscaler/scaling/autoscaler.go, config/core/configmaps/autoscaler.yaml. A
message that waits in the queue counts as a request that waits for a pod; `containerConcurrency` is a worker's slots.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from math import ceil

from punctuald.simulate.scalers.scaler import Sight

from .recent import Recent
from .recipe import Recipe, grid

PANIC_WINDOW_SHARE = 0.1
PANIC_THRESHOLD = 2.0
MOST_UP, MOST_DOWN = 1000, 2
TICK_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class KpaSettings:
    """The two settings that matter to a service that never goes to zero."""

    target_utilization: float = 0.7
    stable_window_seconds: float = 60.0

    @property
    def label(self) -> str:
        """See `Recipe.label`."""
        return f"target {self.target_utilization:.0%}, window {self.stable_window_seconds:g} s"

    def scaler(self) -> Knative:
        """See `Recipe.scaler`."""
        return Knative(self)


class Knative:
    """The law."""

    name = "Knative KPA"
    tick_seconds = TICK_SECONDS

    def __init__(self, settings: KpaSettings) -> None:
        self._settings = settings
        self._stable: Recent[float] = Recent(settings.stable_window_seconds)
        self._panic: Recent[float] = Recent(max(TICK_SECONDS, settings.stable_window_seconds * PANIC_WINDOW_SHARE))
        self._panicked_seconds: float | None = None
        self._most_in_panic = 0

    def workers(self, sight: Sight) -> int:
        """See `Scaler.workers`."""
        for window in (self._stable, self._panic):
            window.note(sight.now_seconds, sight.concurrency)
        target = self._settings.target_utilization * sight.slots
        ready = max(1, sight.ready)
        urgent = ceil(self._panic.mean / target)
        self._look_for_panic(sight.now_seconds, over=urgent / ready >= PANIC_THRESHOLD)
        desired = _bounded(ceil(self._stable.mean / target), ready)
        if self._panicked_seconds is None:
            return desired
        self._most_in_panic = max(self._most_in_panic, desired, _bounded(urgent, ready))
        return self._most_in_panic

    def _look_for_panic(self, now_seconds: float, *, over: bool) -> None:
        if over:
            self._panicked_seconds = now_seconds
        elif self._panicked_seconds is not None and self._calm_for(now_seconds - self._panicked_seconds):
            self._panicked_seconds = None
            self._most_in_panic = 0

    def _calm_for(self, seconds: float) -> bool:
        return seconds > self._settings.stable_window_seconds


def _bounded(desired: int, ready: int) -> int:
    return min(max(desired, ready // MOST_DOWN), ready * MOST_UP)


def variants() -> tuple[Recipe, ...]:
    """Less head-room, and a shorter memory."""
    others = (KpaSettings(target, seconds) for target, seconds in product((0.7, 0.85, 1.0), (60.0, 20.0)))
    return grid(KpaSettings(), others)
