"""A demo whose handlers begin late: events pile up and are late, the tier is violated, and is restored when they have
caught up."""

from __future__ import annotations

import time
from contextlib import suppress
from math import inf
from pathlib import Path

from punctuald.clock import Clock

HELD_UP_VARIABLE = "PUNCTUALD_DEMO_HELD_UP_WHILE"
"""Environment variable: while this file is there, the sample handler does not begin."""

HELD_UP_SECONDS = 7.0
TIER = "peak_hours"
"""The strictest of the default tiers, 3 s: so that nobody has to wait long to see it violated."""

SETTINGS = """\
fast_window_seconds = 5
slow_window_seconds = 10
restore_seconds = 3
"""
"""Of the section [sla]: what takes minutes by default takes seconds here."""

_LOOK_SECONDS = 0.05


class SlowStart:
    """``file`` holds the handlers up, from now until `look` finds `HELD_UP_SECONDS` over."""

    def __init__(self, file: Path, clock: Clock) -> None:
        self._file = file
        self._clock = clock
        self._until_mono = inf
        file.touch()

    def begin(self) -> None:
        """The first event is about to be sent: the time counts from here."""
        self._until_mono = self._clock.mono() + HELD_UP_SECONDS

    def look(self) -> None:
        """Let the handlers begin, if it is time."""
        if self._clock.mono() >= self._until_mono:
            self.let_go()

    def let_go(self) -> None:
        """Let them begin, be it time or not."""
        with suppress(FileNotFoundError):
            self._file.unlink()


def wait_while_held_up(file: str) -> None:
    """In the handler."""
    while file and Path(file).exists():
        time.sleep(_LOOK_SECONDS)
