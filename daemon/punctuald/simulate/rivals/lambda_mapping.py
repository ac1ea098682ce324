"""AWS Lambda's event source mapping for a standard queue: concurrency that grows while messages are left.

It begins with 5 concurrent invocations, adds up to 300 a minute while there are messages, to 1,250, and goes back when
traffic is low, at best to 2. One invocation is one slot here, so a worker of four slots is four of them.

Source: AWS Lambda Developer Guide, "Configuring scaling behavior for SQS event source mappings" (before November 2023:
60 a minute; provisioned mode: 1,000 a minute, by memory of that page). Not published, and assumed: it
shrinks as fast as it grows while nothing is left, down to the most that were busy within the last minute.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from math import ceil

from punctuald.simulate.scalers.scaler import Sight

from .recent import Recent
from .recipe import Recipe, grid

FIRST_CONCURRENCY = 5
LEAST_CONCURRENCY = 2
MOST_CONCURRENCY = 1250
MINUTE = 60.0


@dataclass(frozen=True, slots=True)
class LambdaSettings:
    """``growth_per_minute`` in concurrent invocations."""

    growth_per_minute: int = 300
    down_window_seconds: float = 60.0

    @property
    def label(self) -> str:
        """See `Recipe.label`."""
        return f"+{self.growth_per_minute} a minute, down after {self.down_window_seconds:g} s"

    def scaler(self) -> LambdaMapping:
        """See `Recipe.scaler`."""
        return LambdaMapping(self)


class LambdaMapping:
    """The law."""

    name = "Lambda"
    tick_seconds = 1.0

    def __init__(self, settings: LambdaSettings) -> None:
        self._settings = settings
        self._concurrency = float(FIRST_CONCURRENCY)
        self._busy: Recent[int] = Recent(settings.down_window_seconds)

    def workers(self, sight: Sight) -> int:
        """See `Scaler.workers`."""
        self._busy.note(sight.now_seconds, sight.busy_slots)
        step = self._settings.growth_per_minute / MINUTE * sight.tick_seconds
        if sight.visible > 0:
            most = min(MOST_CONCURRENCY, sight.max_workers * sight.slots)
            self._concurrency = min(self._concurrency + step, most)
        else:
            least = max(LEAST_CONCURRENCY, self._busy.highest)
            self._concurrency = min(self._concurrency, max(self._concurrency - step, least))
        return ceil(self._concurrency / sight.slots)


def variants() -> tuple[Recipe, ...]:
    """The growth before 2023, today's and provisioned mode's, and a shorter memory."""
    others = (LambdaSettings(growth, seconds) for growth, seconds in product((60, 300, 1000), (60.0, 15.0)))
    return grid(LambdaSettings(), others)
