"""Whether the daemon's two outermost processes live: the observer, since it answers, and the supervisor."""

from __future__ import annotations

import os
from collections.abc import Mapping

from punctuald.clock import Clock
from punctuald.stats.board.tables.supervisor_words import SupervisorWords

SILENT_SECONDS = 10.0
"""The supervisor comes round each second. One that did not for so long hangs; systemd's watchdog waits longer."""


class Health:
    """To be made in the observer, whose parent is the supervisor."""

    def __init__(self, words: SupervisorWords, clock: Clock) -> None:
        self._words = words
        self._clock = clock
        self._supervisor = os.getppid()

    def document(self) -> Mapping[str, object]:
        """``healthy``, and by what; ``supervisor_silent_seconds`` None: it never came round yet."""
        turned_mono, is_there = self._words.turned_mono, os.getppid() == self._supervisor
        silent_seconds = None if turned_mono is None else max(0.0, self._clock.mono() - turned_mono)
        return {
            "healthy": is_there and silent_seconds is not None and silent_seconds < SILENT_SECONDS,
            "supervisor": self._supervisor if is_there else None,
            "supervisor_silent_seconds": None if silent_seconds is None else round(silent_seconds, 3),
        }
