"""Everything that one board's rows counted, as one value: read from them, and kept as numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from operator import add, sub

from punctuald.model import Metric, Stage
from punctuald.policy.delivery.miss_cause import MissCause
from punctuald.stats.board.active_rows import ActiveRows
from punctuald.stats.board.board import Board
from punctuald.stats.board.digest import LOW_64, message_digest
from punctuald.stats.board.interval.error_kinds import OTHER
from punctuald.stats.board.row_reader import RowReader
from punctuald.stats.board.seqlock import same_objects

from . import histogram, tier_record
from .histogram import Histogram
from .tier_record import Pair, RecordRow, TierRecord

ErrorKey = tuple[int, int]
"""The index of a queue, and 64 bits that stand for the kind; 0 = those without a kind of their own."""


@dataclass(frozen=True, slots=True)
class BoardTotals:
    """``counts`` are queue by queue in the order of `Metric`; records and errors are left out where there are none."""

    counts: tuple[int, ...] = ()
    records: Mapping[Pair, TierRecord] = field(default_factory=dict)
    errors: Mapping[ErrorKey, int] = field(default_factory=dict)

    def since(self, before: BoardTotals) -> BoardTotals:
        """What was counted after ``before``; gauges are those of now."""
        earlier = before.counts or (0,) * len(self.counts)
        return BoardTotals(
            tuple(map(sub, self.counts, earlier)),
            {pair: _since(record, before.records.get(pair, TierRecord())) for pair, record in self.records.items()},
            {key: count - before.errors.get(key, 0) for key, count in self.errors.items()},
        )

    def numbers(self) -> list[int]:
        """All of it but the gauges, to be kept in words."""
        numbers = [len(self.counts), *self.counts, len(self.records)]
        for pair, record in self.records.items():
            numbers += [*pair, record.met, *record.missed_by]
            for stage in record.stages:
                numbers += [stage.first_cell, stage.sum_us, stage.max_us, len(stage.cells), *stage.cells]
        numbers.append(len(self.errors))
        for (queue, kind), count in self.errors.items():
            numbers += [queue, kind, count]
        return numbers


def of_numbers(numbers: Sequence[int]) -> BoardTotals:
    """What `BoardTotals.numbers` gave; nothing counted where there are none."""
    if not numbers:
        return BoardTotals()
    rest = iter(numbers)
    counts = _some(rest, next(rest))
    records = {(next(rest), next(rest)): _record(rest) for _ in range(next(rest))}
    errors = {(next(rest), next(rest)): next(rest) for _ in range(next(rest))}
    return BoardTotals(counts, records, errors)


class BoardReader:
    """Reads one board. Rows that nobody wrote to are not copied again."""

    def __init__(self, board: Board) -> None:
        self.layout = board.layout
        self._rows = ActiveRows([board], RecordRow)
        self._read: tuple[dict[Pair, TierRecord], ...] = ()
        self._records: dict[Pair, TierRecord] = {}
        self.kinds: dict[int, str] = {}
        """What the errors' numbers stand for; of those that were read."""

    def totals(self) -> BoardTotals:
        """As of now."""
        rows = self._rows.read()
        counts = (0,) * (len(Metric) * len(self.layout.queues))
        for row in rows:
            counts = tuple(map(add, counts, row.view.counts()))
        return BoardTotals(counts, self._merged(rows), self._errors(rows))

    def views(self) -> list[RowReader]:
        """The rows that were ever attached."""
        return [row.view for row in self._rows.read()]

    def _merged(self, rows: Sequence[RecordRow]) -> dict[Pair, TierRecord]:
        read = tuple(row.records.read() for row in rows)
        if not same_objects(read, self._read):
            pairs = dict.fromkeys(pair for records in read for pair in records)
            self._read = read
            self._records = {
                pair: tier_record.merged(records[pair] for records in read if pair in records) for pair in pairs
            }
        return self._records

    def _errors(self, rows: Sequence[RecordRow]) -> dict[ErrorKey, int]:
        errors: dict[ErrorKey, int] = {}
        for row in rows:
            for queue, kind, count in row.view.errors.read():
                number = 0 if kind == OTHER else message_digest(kind) & LOW_64
                self.kinds[number] = kind
                errors[queue, number] = errors.get((queue, number), 0) + count
        return errors


def _since(newer: TierRecord, older: TierRecord) -> TierRecord:
    return TierRecord(
        newer.met - older.met,
        tuple(map(sub, newer.missed_by, older.missed_by)),
        tuple(map(histogram.interval, newer.stages, older.stages)),
        newer.overdue,
        newer.worst_overdue_us,
    )


def _record(rest: Iterator[int]) -> TierRecord:
    return TierRecord(
        met=next(rest), missed_by=_some(rest, len(MissCause)), stages=tuple(_histogram(rest) for _ in Stage)
    )


def _histogram(rest: Iterator[int]) -> Histogram:
    first_cell, sum_us, max_us = _some(rest, 3)
    return Histogram(first_cell, _some(rest, next(rest)), sum_us, max_us)


def _some(rest: Iterator[int], length: int) -> tuple[int, ...]:
    return tuple(next(rest) for _ in range(length))
