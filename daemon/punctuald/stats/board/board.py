"""The board: shared memory with one row per worker index, made before the fork and inherited by every child.

Anonymous and not a named segment: nothing is left behind when the daemon is killed, and no other program can open it.
"""

from __future__ import annotations

from mmap import mmap

from .layout import Layout
from .row_reader import RowReader
from .row_writer import RowWriter, clear_gauges
from .running import Running, RunningTable
from .tables.tables import Tables


class Board:
    """All rows, 0 to ``layout.workers`` (the last is the autoscaler's). Only one process at a time writes a row.

    ``tables`` are those that the boards of one daemon share; without them the board has its own.
    """

    def __init__(self, layout: Layout, tables: Tables | None = None) -> None:
        self.layout = layout
        self._words = memoryview(mmap(-1, layout.size_bytes)).cast("Q")
        self.tables = tables or Tables()

    def writer(self, index: int) -> RowWriter:
        """The writer of row ``index``. Call this in the process that will write."""
        row = self.layout.row(index)
        return RowWriter(self._words[row], self._words[index : index + 1], self.layout)

    def reader(self, index: int) -> RowReader:
        """A reader of row ``index``."""
        words = self._words[self.layout.row(index)]
        return RowReader(words, self.layout, is_worker=index != self.layout.workers)

    def attached(self) -> list[int]:
        """The indexes that were ever attached. Reading others would only allocate their memory."""
        directory = self._words[: self.layout.workers + 1].tolist()
        return [index for index, times in enumerate(directory) if times]

    def attachments(self) -> bytes:
        """Differs from an earlier one if a row was attached since. Much cheaper than `attached`."""
        return self._words[: self.layout.workers + 1].tobytes()

    def retire(self, index: int) -> tuple[Running, ...]:
        """The row's process is dead and reaped: clear its gauges, keep its counts. Returns what it was running."""
        words = self._words[self.layout.row(index)]
        running = RunningTable(words, self.layout)
        held = running.read()
        clear_gauges(words, running)
        return held
