"""Whom a buffer wakes, told without threads: what they do next would be a matter of luck."""

from __future__ import annotations

import pytest

from punctuald.delivery.buffer import Buffer


class WakeUps:
    """Lets ``buffer`` believe that so many slots wait, and remembers how many it wakes; none does in truth."""

    def __init__(self, buffer: Buffer, patch: pytest.MonkeyPatch, *, waiting_slots: int) -> None:
        self.woken = 0
        self.looked_after = False
        patch.setattr(buffer, "_waiting_slots", waiting_slots)
        patch.setattr(buffer._ready, "notify", self._wake)
        patch.setattr(buffer._watch, "arm", self._look_after)

    def _wake(self, slots: int = 1) -> None:
        self.woken += slots

    def _look_after(self) -> None:
        self.looked_after = True
