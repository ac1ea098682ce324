"""How many slots a worker has for what the pool runs: all of both kinds only where both are busy alike."""

from __future__ import annotations

from collections.abc import Sequence

from punctuald.policy.pool.handler_slots import SlotUse, usable_slots
from punctuald.process.autoscaler.sliding_window import SlidingWindow

MIX_SECONDS = 15.0
"""Over so long one look more or less changes little, and what runs now is soon most of it."""


class SlotMix:
    """Until a worker says how many slots it has, there are ``slots``."""

    def __init__(self, slots: float) -> None:
        self._usable = slots
        self._window = SlidingWindow(MIX_SECONDS)
        self._busy_seconds: tuple[float, ...] = ()
        self._before_mono: float | None = None

    def forget_last(self) -> None:
        """What passed since the last look is not to be counted: nobody did anything."""
        self._before_mono = None

    def observe(self, now_mono: float, uses: Sequence[SlotUse], workers: int) -> float:
        """``uses`` are those of all ready ``workers`` together; returns one worker's slots."""
        seconds = 0.0 if self._before_mono is None else now_mono - self._before_mono
        self._before_mono = now_mono
        before = self._busy_seconds or (0.0,) * len(uses)
        self._busy_seconds = tuple(was + use.busy * seconds for was, use in zip(before, uses, strict=True))
        work = self._window.increase(now_mono, *self._busy_seconds)
        if workers and any(use.slots for use in uses):
            ran = work if any(work) else [float(use.busy) for use in uses]
            self._usable = usable_slots(ran, [use.slots / workers for use in uses])
        return self._usable
