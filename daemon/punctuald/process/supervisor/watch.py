"""Watches that processes keep their times: what they were given to end, and their heartbeats."""

from __future__ import annotations

from collections.abc import Iterable

from punctuald.clock import Clock
from punctuald.logs import logger
from punctuald.policy.pool.fleet import State
from punctuald.process.awake_time import AwakeTime

from .managed_process import ManagedProcess

log = logger()


class Watch:
    """Silence is measured by the supervisor's own time awake: it looks every ``longest_wait_seconds`` at least, and
    while it stood still itself, nobody can have kept a time. After that everybody has his full time again."""

    def __init__(self, clock: Clock, longest_wait_seconds: float) -> None:
        self._awake = AwakeTime(clock, longest_wait_seconds)

    def wake(self, processes: Iterable[ManagedProcess]) -> None:
        """Once each turn, right after the wait: what becomes due by the rest of the turn has lost nothing, and must
        not be due later for it."""
        still = self._awake.look()
        if still is not None:
            log.warning("clock.stood_still", seconds=round(still.seconds, 3))
            for process in processes:
                process.woke(still)

    def look(self, processes: Iterable[ManagedProcess]) -> None:
        """Once each turn, at its end: who has ended is not overdue."""
        for process in processes:
            if process.slot.state is not State.EMPTY:
                process.watch(self._awake.looked_mono)
