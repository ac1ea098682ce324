"""From when on a worker is of use."""

from __future__ import annotations

from collections.abc import Callable

from punctuald.clock import Clock
from punctuald.process.channel.frames import Ready
from punctuald.stats.board.row_writer import RowWriter

from .supervisor_line import SupervisorLine

ALL_QUEUES_SECONDS = 2.0
"""A worker whose one queue is silent is ready on the others after this long."""


class Readiness:
    """Ready is not alive: it means a good answer to a receive."""

    def __init__(self, queues: int, stats: RowWriter, line: SupervisorLine, clock: Clock, forked_mono: float) -> None:
        self._queues = queues
        self._stats = stats
        self._line = line
        self._clock = clock
        self._forked_mono = forked_mono
        self._answered = 0  # queues that answered their first receive
        self._first_answer_mono: float | None = None
        self._when_ready: Callable[[], None] = lambda: None
        self.is_ready = False

    def when_ready(self, call: Callable[[], None]) -> None:
        """Have ``call`` called once, at the moment in which it becomes ready."""
        self._when_ready = call

    def answered(self) -> None:
        """One more queue answered for the first time."""
        self._answered += 1
        self._first_answer_mono = self._first_answer_mono or self._clock.mono()
        self.look()

    def look(self) -> None:
        """Say that it is ready, once, as soon as it is."""
        if self.is_ready or self._first_answer_mono is None:
            return
        now_mono = self._clock.mono()
        if self._answered == self._queues or now_mono - self._first_answer_mono > ALL_QUEUES_SECONDS:
            self.is_ready = True
            start_seconds = now_mono - self._forked_mono
            self._stats.ready(now_mono, start_seconds)
            self._line.send(Ready(start_seconds))
            self._when_ready()
