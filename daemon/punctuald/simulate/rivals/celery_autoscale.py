"""Celery's `--autoscale=max,min`: as many processes as the worker has messages.

``qty = len(reserved_requests)``: what it prefetched and has not finished, at most `worker_prefetch_multiplier` (4) for
each process. More than processes: grows at once by the difference. Fewer: shrinks to ``qty``, but not within
`AUTOSCALE_KEEPALIVE` (30 s) of the last growth, and not while all are busy.

Source: celery/celery @ 5dc781f, celery/worker/autoscale.py; billiard's `Pool.shrink`. A slot stands for one of Celery's
processes, and a worker comes and goes with all its slots. Celery looks at each message, this law once a second.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from math import ceil

from punctuald.simulate.scalers.scaler import Sight

from .recipe import Recipe, grid


@dataclass(frozen=True, slots=True)
class CelerySettings:
    """An environment variable and a setting of Celery's."""

    keepalive_seconds: float = 30.0
    prefetch_multiplier: int = 4

    @property
    def label(self) -> str:
        """See `Recipe.label`."""
        return f"keepalive {self.keepalive_seconds:g} s, prefetch x{self.prefetch_multiplier}"

    def scaler(self) -> Celery:
        """See `Recipe.scaler`."""
        return Celery(self)


class Celery:
    """The law."""

    name = "Celery --autoscale"
    tick_seconds = 1.0

    def __init__(self, settings: CelerySettings) -> None:
        self._settings = settings
        self._grown_seconds: float | None = None  # until it has grown once, Celery never shrinks

    def workers(self, sight: Sight) -> int:
        """See `Scaler.workers`."""
        most_reserved = self._settings.prefetch_multiplier * sight.ordered * sight.slots
        reserved = min(sight.visible + sight.in_flight, most_reserved)
        wanted = max(1, ceil(reserved / sight.slots))
        if wanted > sight.ordered:
            self._grown_seconds = sight.now_seconds
            return wanted
        return wanted if self._may_shrink(sight) else sight.ordered

    def _may_shrink(self, sight: Sight) -> bool:
        if self._grown_seconds is None or _all_busy(sight):
            return False
        return sight.now_seconds - self._grown_seconds > self._settings.keepalive_seconds


def _all_busy(sight: Sight) -> bool:
    return sight.busy_slots - sight.draining_busy_slots >= sight.ready * sight.slots


def variants() -> tuple[Recipe, ...]:
    """Longer and shorter patience, with and without prefetching."""
    others = (CelerySettings(seconds, prefetch) for seconds, prefetch in product((60.0, 30.0, 10.0), (4, 2)))
    return grid(CelerySettings(), others)
