"""Which queue's downstream is away: each worker's reports on all queues, read by all workers and the autoscaler."""

from __future__ import annotations

from collections.abc import Sequence
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
        self._attachments: list[bytes] | None = None

    def changes(self) -> int:
        """Moves with each change of any report. Cheap, for workers ask for it all the time."""
        self._look()
        return sum([row.sequence[0] for row in self._known.values()])

    def reports(self, queue: str) -> list[Report]:
        """On the queue of that name."""
        return list(self.by_row(queue).values())

    def by_row(self, queue: str) -> dict[RowKey, Report]:
        """The same by board and index, in this order."""
        self._look()
        return {key: row.report(queue) for key, row in self._known.items() if queue in row.queues}

    def _look(self) -> None:
        """Know all rows that are attached by now, in their order."""
        attachments = [board.attachments() for board in self._boards]
        if attachments != self._attachments:
            self._attachments, before = attachments, self._known
            self._known = {key: before.get(key) or self._row(*key) for key in self._keys()}

    def _row(self, number: int, index: int) -> _Row:
        return _Row(self._boards[number].reader(index))

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
        words = view.words[view.layout.downstream]
        self.sequence = words[SEQUENCE : SEQUENCE + 1]
        self.queues = {name: place for place, name in enumerate(view.layout.queues)}
        self._view = view
        self._reader = SeqlockReader(words, words.tolist, partial(decoded, queues=len(self.queues)))

    def report(self, queue: str) -> Report:
        said = self._reader.read()[self.queues[queue]]
        return said._replace(ready=self._view.ready_mono is not None)
