"""What the pool got done while it had as much to do as it could."""

from __future__ import annotations

from typing import NamedTuple

from punctuald.policy.scaling.observation import FULL_SHARE

from .sliding_window import RecentTotals


class _Look(NamedTuple):
    mono: float = 0.0
    slots: int = 0
    finished: int = 0
    is_full: bool = False


class FullThroughput:
    """Slot seconds, and messages finished in them, of the last ``seconds``; only from one full look to the next."""

    def __init__(self, seconds: float) -> None:
        self._recent = RecentTotals(seconds)
        self._before = _Look()
        self._slot_seconds = 0.0
        self._finished = 0

    def look(self, now_mono: float, slots: int, busy_slots: int, finished_total: int) -> tuple[float, float]:
        """``slots`` of the ready workers, ``busy_slots`` of them busy; returns slot seconds and finished messages."""
        now = _Look(now_mono, slots, finished_total, 0 < FULL_SHARE * slots <= busy_slots)
        before, self._before = self._before, now
        if before.is_full and now.is_full and before.slots == slots:
            self._slot_seconds += slots * (now_mono - before.mono)
            self._finished += now.finished - before.finished
        slot_seconds, finished = self._recent.growth(now_mono, self._slot_seconds, self._finished)
        return slot_seconds, finished
