"""The board: shared memory with one row per worker index, made before the fork and inherited by every child.

Anonymous and not a named segment: nothing is left behind when the daemon is killed, and no other program can open it.
"""

from __future__ import annotations

from mmap import MAP_ANONYMOUS, MAP_SHARED, mmap

from punctuald.model import Metric

from .interval.logged import LoggedTotals
from .interval.scaling_words import ScalingReader, ScalingWriter, ShortReader, scaling_reader, short_reader
from .layout import Layout
from .row_reader import RowReader
from .row_writer import RowWriter, clear_gauges
from .running import Running, RunningTable
from .tables.tables import Tables

_MAP_NORESERVE = 0x4000  # Linux on x86 and ARM; Python names it from 3.13 on
_FLAGS = MAP_SHARED | MAP_ANONYMOUS | _MAP_NORESERVE
"""Without a reservation, since most of a board is never written: of many queues it can be larger than the memory."""


class Board:
    """All rows, 0 to ``layout.observer`` (the last two are the autoscaler's and the observer's). Only one process at a
    time writes a row.

    ``tables`` are those that the boards of one daemon share; without them the board has its own.
    """

    def __init__(self, layout: Layout, tables: Tables | None = None) -> None:
        self.layout = layout
        self._words = memoryview(mmap(-1, layout.size_bytes, flags=_FLAGS)).cast("Q")
        self._interval = self._words[layout.interval]
        self.tables = tables or Tables()

    def writer(self, index: int) -> RowWriter:
        """The writer of row ``index``. Call this in the process that will write."""
        row = self.layout.row(index)
        return RowWriter(self._words[row], self._words[index : index + 1], self._interval, self.layout)

    def reader(self, index: int) -> RowReader:
        """A reader of row ``index``."""
        words = self._words[self.layout.row(index)]
        return RowReader(words, self._interval, self.layout, is_worker=index < self.layout.workers)

    def logged(self) -> LoggedTotals:
        """The totals of the intervals that were logged, for the one process that logs them."""
        first, second = self.layout.logged
        return LoggedTotals((self._words[first], self._words[second]), self._interval)

    def decision_writer(self) -> ScalingWriter:
        """The writer of the autoscaler's last decision, for its own process."""
        return ScalingWriter(self._words[self.layout.row(self.layout.workers)], self.layout)

    def decision(self) -> ScalingReader:
        """A reader of the autoscaler's last decision. To be used only once its row was attached."""
        return scaling_reader(self._words[self.layout.row(self.layout.workers)], self.layout)

    def short_of_workers(self) -> ShortReader:
        """When there were fewer workers ready than ordered, as the autoscaler says."""
        return short_reader(self._words[self.layout.row(self.layout.workers)], self.layout)

    def attached(self) -> list[int]:
        """The indexes that were ever attached, but for the observer's. To read others would only allocate memory."""
        directory = self._words[: self.layout.workers + 1].tolist()
        return [index for index, times in enumerate(directory) if times]

    def times_attached(self) -> list[int]:
        """How often each row was, by its index, the observer's included: so many processes had it so far."""
        return self._words[: self.layout.observer + 1].tolist()

    def attachments(self) -> bytes:
        """Differs from an earlier one if a row was attached since. Much cheaper than `attached`."""
        return self._words[: self.layout.workers + 1].tobytes()

    def retire(self, index: int) -> tuple[Running, ...]:
        """The row's process is dead and reaped: clear its gauges, keep its counts. Returns what it was running."""
        words = self._words[self.layout.row(index)]
        running = RunningTable(words, self.layout)
        held, counters = running.read(), words[self.layout.counters]
        for each in held:
            if each.queue < len(self.layout.queues):  # a process that ran wild may have written anything
                counters[self.layout.counters_of(each.queue)][Metric.ABANDONED] += 1
        clear_gauges(words, running, self.layout)
        return held
