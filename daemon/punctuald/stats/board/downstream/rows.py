"""Which queue's downstream is away: each worker's reports on all queues, read by all workers and the autoscaler."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from punctuald.policy.delivery.downstream import Report
from punctuald.stats.board.board import Board
from punctuald.stats.board.layout import SEQUENCE
from punctuald.stats.board.row_reader import RowReader
from punctuald.stats.board.seqlock import SeqlockReader

from .words import decoded, write

RowKey = tuple[int, int]
"""The board's number, the oldest first, and the row's index on it."""


class WorkersDownstream:
    """The reports of all boards' workers, the oldest board's first, as the worker in row ``index`` of ``board``, one of
    ``boards``, sees them. Queues are compared by name: each board has its own order."""

    def __init__(self, boards: Sequence[Board], board: Board, index: int) -> None:
        self._own = (list(boards).index(board), index)
        self._rows = DownstreamRows(boards, self._own)
        self._words = board.reader(index).words[board.layout.downstream]
        self._queues = board.layout.queues

    def changes(self) -> int:
        """See `DownstreamPort.changes`."""
        return self._rows.changes()

    def reports(self, queue: int) -> tuple[int, list[Report]]:
        """See `DownstreamPort.reports`."""
        found = self._rows.by_row(self._queues[queue])
        return list(found).index(self._own), list(found.values())

    def say(self, queue: int, report: Report) -> None:
        """See `DownstreamPort.say`."""
        write(self._words, queue, report)


class DownstreamRows:
    """Reads all rows of workers that were ever attached, and that of ``own``, which is about to be."""

    def __init__(self, boards: Sequence[Board], own: RowKey | None = None) -> None:
        self._boards = tuple(boards)
        self._own = own
        self._known: dict[RowKey, _Row] = {}

    def changes(self) -> int:
        """Moves with each change of any report."""
        return sum(row.words[SEQUENCE] for _, row in self._attached())

    def reports(self, queue: str) -> list[Report]:
        """On the queue of that name."""
        return list(self.by_row(queue).values())

    def by_row(self, queue: str) -> dict[RowKey, Report]:
        """The same by board and index, in this order."""
        return {key: row.report(queue) for key, row in self._attached() if queue in row.queues}

    def _attached(self) -> Iterator[tuple[RowKey, _Row]]:
        for key in self._keys():
            if key not in self._known:
                number, index = key
                self._known[key] = _Row(self._boards[number].reader(index))
            yield key, self._known[key]

    def _keys(self) -> list[RowKey]:
        keys = [
            (number, index)
            for number, board in enumerate(self._boards)
            for index in board.attached()
            if index < board.layout.workers
        ]
        return keys if self._own is None or self._own in keys else sorted([*keys, self._own])


class _Row:
    """One worker's reports."""

    def __init__(self, view: RowReader) -> None:
        self.words = view.words[view.layout.downstream]
        self.queues = {name: place for place, name in enumerate(view.layout.queues)}
        self._view = view
        self._reader = SeqlockReader(self.words, self.words.tolist, partial(decoded, queues=len(self.queues)))

    def report(self, queue: str) -> Report:
        said = self._reader.read()[self.queues[queue]]
        return said._replace(ready=self._view.ready_mono is not None)
