"""What the pool got done while it had as much to do as it could."""

from __future__ import annotations

from typing import NamedTuple

from punctuald.policy.scaling.observation import FULL_SHARE
from punctuald.process.autoscaler.sliding_window import SlidingWindow


class _Observed(NamedTuple):
    mono: float = 0.0
    slots: int = 0
    finished: int = 0
    is_full: bool = False


class SaturatedThroughput:
    """Slot seconds of the last ``seconds`` in which all slots were busy, and the messages finished in them."""

    def __init__(self, seconds: float) -> None:
        self._window = SlidingWindow(seconds)
        self._before = _Observed()
        self._slot_seconds = 0.0
        self._finished = 0

    def forget_last(self) -> None:
        """What passed since the last look is not to be counted: nobody did anything."""
        self._before = _Observed()

    def observe(self, now_mono: float, slots: int, busy_slots: float, finished_total: int) -> tuple[float, float]:
        """``slots`` of the ready workers, ``busy_slots`` of them busy; returns slot seconds and finished messages."""
        now = _Observed(now_mono, slots, finished_total, 0 < FULL_SHARE * slots <= busy_slots)
        before, self._before = self._before, now
        if before.is_full and now.is_full and before.slots == slots:
            self._slot_seconds += slots * (now_mono - before.mono)
            self._finished += now.finished - before.finished
        slot_seconds, finished = self._window.increase(now_mono, self._slot_seconds, self._finished)
        return slot_seconds, finished
