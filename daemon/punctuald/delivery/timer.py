"""One call at the earliest of the times that were asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from punctuald.clock import Clock

ROUNDING_SECONDS = 0.0005
"""uvloop counts whole milliseconds and may call half of one too early: nothing would be due yet."""


class Timer:
    """Belongs to the running event loop. ``call`` has to find out what is due, and to ask for the next time."""

    def __init__(self, clock: Clock, call: Callable[[], None]) -> None:
        self._clock = clock
        self._call = call
        self._loop = asyncio.get_running_loop()
        self._handle: asyncio.TimerHandle | None = None
        self._due_mono = 0.0

    def by(self, due_mono: float) -> None:
        """Call at ``due_mono`` at the latest."""
        if self._handle is not None:
            if self._due_mono <= due_mono:
                return
            self._handle.cancel()
        self._due_mono = due_mono
        delay_seconds = due_mono - self._clock.mono() + ROUNDING_SECONDS
        self._handle = self._loop.call_later(max(0.0, delay_seconds), self._fire)

    def stop(self) -> None:
        """Call no more, until it is asked again."""
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def _fire(self) -> None:
        self._handle = None
        self._call()
