"""Measures the CPU while messages wait for handlers that are believed to compute, for these may in fact be asleep."""

from __future__ import annotations

from collections.abc import Callable

from punctuald.clock import Clock
from punctuald.delivery.timer import Timer
from punctuald.policy.delivery.micro_batch import LOOK_SECONDS

OnLook = Callable[[float, float], None]
"""Called with the CPU seconds of the whole process, and the seconds in which it took them."""


class CpuLook:
    """Begin a look when messages wait although there are idle slots."""

    def __init__(self, clock: Clock, on_look: OnLook) -> None:
        self._clock = clock
        self._on_look = on_look
        self._begun_mono: float | None = None
        self._begun_cpu = 0.0
        self._timer = Timer(clock, self._look)

    def begin(self, now_mono: float) -> None:
        """Look in 20 ms, unless a look is due already."""
        if self._begun_mono is None:
            self._begun_mono, self._begun_cpu = now_mono, self._clock.cpu()
            self._timer.by(now_mono + LOOK_SECONDS)

    def stop(self) -> None:
        """Look no more."""
        self._timer.stop()

    def _look(self) -> None:
        if self._begun_mono is not None:
            wall_seconds, cpu_seconds = self._clock.mono() - self._begun_mono, self._clock.cpu() - self._begun_cpu
            self._begun_mono = None
            self._on_look(cpu_seconds, wall_seconds)
