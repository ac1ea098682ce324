"""Writes `stats.interval`, aligned to the wall clock, so that intervals of many hosts cover the same seconds."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Mapping
from typing import Protocol

from punctuald import logs
from punctuald.clock import Clock
from punctuald.stats.board.tables.observer_words import ObserverWords
from punctuald.stats.figures.interval_fields import interval_lines
from punctuald.stats.figures.intervals import Interval

log = logs.logger()


class Intervals(Protocol):
    """See `stats.figures.interval_reader`."""

    def read(self, now_mono: float) -> Interval:
        """What was counted since the last interval that was reported."""
        ...

    def logged(self) -> None:
        """The interval that was read last is in the log."""
        ...


class IntervalLog:
    """An interval of which no line could be written joins the next one. Where some lines could be, the others follow
    before the next interval begins: so nothing is counted twice and nothing is left out.

    ``on_reported`` is given each interval that is in the log.
    """

    def __init__(
        self,
        figures: Intervals,
        *,
        interval_seconds: float,
        words: ObserverWords,
        clock: Clock,
        on_reported: Callable[[Interval], None],
    ) -> None:
        self._figures = figures
        self._interval_seconds = interval_seconds
        self._words = words
        self._clock = clock
        self._on_reported = on_reported
        self._begin_mono = words.interval_begins(clock.mono())
        self._number = self._number_now()
        self._interval = Interval()
        self._end_mono = self._begin_mono
        self._lines: deque[Mapping[str, object]] = deque()

    def seconds_to_next(self) -> float:
        """Until the wall clock comes to the next interval."""
        return self._interval_seconds - self._clock.utc() % self._interval_seconds

    def look(self) -> None:
        """Write what is due. Call it whenever `seconds_to_next` are over; more often does no harm."""
        number = self._number_now()
        if number != self._number:  # also where the wall clock was set: the grid is that of the clock as it is now
            self._number = number
            self._begin()
        self._write()

    def finish(self) -> bool:
        """Write what there is up to now; says whether all of it could be written."""
        self._write()
        if self._lines:
            return False
        begun = self._begin()
        self._write()
        return begun and not self._lines

    def _number_now(self) -> int:
        return int(self._clock.utc() // self._interval_seconds)

    def _begin(self) -> bool:
        """Whether anything of a new interval could be written, where that is wanted at all."""
        if self._lines or not log.is_enabled_for(logging.INFO):
            return True
        now_mono = self._clock.mono()
        seconds = now_mono - self._begin_mono
        self._interval, self._end_mono = self._figures.read(now_mono), now_mono
        self._lines.extend(interval_lines(self._interval, begin_utc=self._clock.utc() - seconds, seconds=seconds))
        if not self._put(self._lines[0]):
            self._lines.clear()  # nothing of it is in the log: the next one has it all
            return False
        self._lines.popleft()
        self._end_if_written()
        return True

    def _write(self) -> None:
        if not self._lines:
            return
        while self._lines and self._put(self._lines[0]):
            self._lines.popleft()
        self._end_if_written()

    def _end_if_written(self) -> None:
        if self._lines:
            return
        self._figures.logged()
        self._begin_mono = self._end_mono
        self._words.interval_ended(self._end_mono)
        self._on_reported(self._interval)

    def _put(self, interval: Mapping[str, object]) -> bool:
        log.info("stats.interval", **interval)
        return logs.is_complete()
