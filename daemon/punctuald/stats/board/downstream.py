"""Which queue's downstream is away: each worker's reports on all queues, read by all workers and the autoscaler.

They are not gauges: when a worker dies, what it said of an outage stays until another one says that it is over. Only
what it held is gone with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from punctuald.policy.delivery.downstream import Report

from . import word_time
from .board import Board
from .digest import LOW_64
from .layout import (
    DOWN,
    DOWNSTREAM_HEAD,
    DOWNSTREAM_WORDS,
    PROBED,
    PROBES,
    RAISED,
    RAISED_BY,
    SEQUENCE,
    UP,
    WAITING_THERE,
    Words,
)
from .row_reader import RowReader
from .seqlock import SeqlockReader

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
        self._reader = SeqlockReader(self.words, self.words.tolist, partial(_decoded, queues=len(self.queues)))

    def report(self, queue: str) -> Report:
        said = self._reader.read()[self.queues[queue]]
        return said._replace(ready=self._view.ready_mono is not None)


def write(words: Words, queue: int, report: Report) -> None:
    """Store ``report`` on the queue with index ``queue``; called by the one process that writes this row."""
    base = DOWNSTREAM_HEAD + queue * DOWNSTREAM_WORDS
    words[SEQUENCE] += 1 + words[SEQUENCE] % 2  # odd from here on, also after a writer that was killed in the middle
    words[base + RAISED] = _word(report.raised_mono)
    words[base + RAISED_BY] = report.raised_by & LOW_64
    words[base + DOWN] = _word(report.down_mono)
    words[base + UP] = _word(report.up_mono)
    words[base + PROBED] = _word(report.probed_mono)
    words[base + PROBES] = report.probes
    words[base + WAITING_THERE] = report.held
    words[SEQUENCE] += 1


def _decoded(words: Sequence[int], queues: int) -> tuple[Report, ...]:
    bases = range(DOWNSTREAM_HEAD, DOWNSTREAM_HEAD + queues * DOWNSTREAM_WORDS, DOWNSTREAM_WORDS)
    return tuple(_report(words[base : base + DOWNSTREAM_WORDS]) for base in bases)


def _report(words: Sequence[int]) -> Report:
    raised, down, up, probed = (_mono(words[place]) for place in (RAISED, DOWN, UP, PROBED))
    return Report(False, raised, words[RAISED_BY], down, up, probed, words[PROBES], words[WAITING_THERE])  # noqa: FBT003 - a tuple's first field


def _word(mono: float) -> int:
    return word_time.to_word(mono) if mono else word_time.NONE


def _mono(word: int) -> float:
    return word_time.from_word(word) or 0.0
