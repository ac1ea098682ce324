"""Virtual time up to the moment that a test's clock shows, and beyond it only as far as the work due by then takes."""

from __future__ import annotations

from collections.abc import Callable
from math import inf

from punctuald.clock import ManualClock

from .virtual_loop import VirtualLoop

ROUNDING_SECONDS = 0.01
"""The delivery's timers fire up to a millisecond late; lateness below this bound is hidden from a test's clock."""


class PacedLoop(VirtualLoop):
    """Turns the clock as far as ``until_mono``, and beyond it only while something is not ``at_rest`` yet.

    Stops there, and whenever nothing is left to do but to call handlers.
    """

    def __init__(self, clock: ManualClock) -> None:
        super().__init__(clock)
        self.until_mono = clock.mono()
        self.handlers_wanted: Callable[[], bool] = lambda: False
        self.at_rest: Callable[[], bool] = lambda: True

    def pass_time(self, seconds: float | None) -> None:
        """See `VirtualLoop.pass_time`."""
        left_seconds = self.until_mono - self.time()
        due_seconds = inf if seconds is None else seconds
        if self.handlers_wanted():
            self.stop()
        elif due_seconds > left_seconds + ROUNDING_SECONDS / 2 and self.at_rest():
            super().pass_time(max(0.0, left_seconds))
            self.stop()
        else:
            super().pass_time(seconds)
