"""How one row's messages met their tiers' thresholds: copied from the board quickly, and decoded after that."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from operator import add, attrgetter

from punctuald.model import Stage
from punctuald.policy.delivery.miss_cause import NONE_MISSED
from punctuald.stats.board.cells import MICROSECONDS
from punctuald.stats.board.layout import (
    END,
    LOW,
    MAX,
    MET,
    MISSED_BY,
    OUTCOME_WORDS,
    OVERDUE,
    RECORD_WORDS,
    SUM,
    SUMMARY_WORDS,
    WORST_OVERDUE,
    Layout,
    Words,
)
from punctuald.stats.board.record_places import pairs_of
from punctuald.stats.board.row_reader import RowReader
from punctuald.stats.board.seqlock import SeqlockReader

from . import histogram
from .histogram import Histogram

Pair = tuple[int, int]
"""The indexes of a queue and a tier on one board."""


@dataclass(frozen=True, slots=True)
class TierRecord:
    """The samples of one queue and tier. ``missed_by`` has a number for each `MissCause`, ``stages`` a histogram for
    each `Stage`, in their order; ``overdue`` messages are in hand past their deadline, one of them by
    ``worst_overdue_us``."""

    met: int = 0
    missed_by: tuple[int, ...] = NONE_MISSED
    stages: tuple[Histogram, ...] = (histogram.EMPTY,) * len(Stage)
    overdue: int = 0
    worst_overdue_us: int = 0

    @property
    def missed(self) -> int:
        """How many did not meet the threshold."""
        return sum(self.missed_by)


@dataclass(frozen=True, slots=True)
class Service:
    """How much handlers worked, and how long it then took until their messages were acknowledged."""

    seconds: float
    count: int
    settle_seconds: float
    by_tier: Mapping[int, tuple[float, int]] = field(default_factory=dict)  # seconds and count, by the tier's index
    apart: Mapping[str, tuple[float, int]] = field(default_factory=dict)  # the same of the queues that are left out


def merged(records: Iterable[TierRecord]) -> TierRecord:
    """Several workers' or queues' records as one."""
    records = tuple(records)
    outcomes = merged_outcomes(records)
    stages = (histogram.merge(same) for same in zip(*map(attrgetter("stages"), records), strict=True))
    return replace(outcomes, stages=tuple(stages))


def merged_outcomes(records: Iterable[TierRecord]) -> TierRecord:
    """The same without their histograms."""
    met, missed_by, overdue, worst_us = 0, NONE_MISSED, 0, 0
    for one in records:
        met, overdue = met + one.met, overdue + one.overdue
        missed_by = tuple(map(add, missed_by, one.missed_by))
        worst_us = max(worst_us, one.worst_overdue_us)
    return TierRecord(met, missed_by, overdue=overdue, worst_overdue_us=worst_us)


def record_reader(words: Words, layout: Layout) -> SeqlockReader[_RawRecords, dict[Pair, TierRecord]]:
    """Reads all records of one row; what no message was of is not there."""
    return SeqlockReader(words, lambda: _copy(words, layout, tuple(Stage)), lambda raw: _decode(raw, layout))


class RecordRow:
    """One row, and the reader that remembers which records it had last."""

    def __init__(self, view: RowReader) -> None:
        self.view = view
        self.records = record_reader(view.words, view.layout)


def outcome_reader(words: Words, layout: Layout) -> SeqlockReader[_RawRecords, dict[Pair, TierRecord]]:
    """The same without their histograms: cheap enough to be read each second."""
    return SeqlockReader(words, lambda: _copy(words, layout, ()), lambda raw: _decode(raw, layout))


def service_reader(words: Words, layout: Layout, apart: Collection[str] = ()) -> SeqlockReader[_RawRecords, Service]:
    """Reads sums and the count alone: they lie in the records, so no histogram has to be copied. The queues that are
    ``apart`` are in no sum but their own."""
    return SeqlockReader(words, lambda: _copy(words, layout, ()), lambda raw: _service(raw, layout, apart))


def run_reader(words: Words, layout: Layout) -> SeqlockReader[_RawRecords, Histogram]:
    """Reads the run times of all tiers of one row as one histogram."""
    return SeqlockReader(words, lambda: _copy(words, layout, (Stage.HANDLE,)), _decode_runs)


@dataclass(frozen=True, slots=True)
class _RawRecords:
    pairs: list[int]
    words: list[int]  # of all records
    cells: list[memoryview[int]]  # by record and copied stage, the touched range


def _copy(words: Words, layout: Layout, stages: Sequence[Stage]) -> _RawRecords:
    pairs = pairs_of(words[layout.record_pairs].tolist())
    # Nothing that was not written: reading a page of shared memory for the first time allocates it.
    records = words[layout.record(0) : layout.record(len(pairs))].tolist()
    cells = []
    for number in range(len(pairs)):
        for stage in stages:
            summary = _summary(number, stage)
            base = layout.histogram(number, stage)
            touched = words[base + records[summary + LOW] : base + records[summary + END]]
            cells.append(memoryview(touched.tobytes()).cast("Q"))
    return _RawRecords(pairs, records, cells)


def _decode(raw: _RawRecords, layout: Layout) -> dict[Pair, TierRecord]:
    return {divmod(pair, len(layout.tiers)): _decode_record(raw, number) for number, pair in enumerate(raw.pairs)}


def _decode_record(raw: _RawRecords, number: int) -> TierRecord:
    words = raw.words[number * RECORD_WORDS : (number + 1) * RECORD_WORDS]
    cells = raw.cells[number * len(Stage) : (number + 1) * len(Stage)]
    stages = tuple(_decode_stage(raw, number, stage, own) for stage, own in zip(Stage, cells, strict=False))
    return TierRecord(
        words[MET],
        tuple(words[MISSED_BY:OVERDUE]),
        stages or TierRecord().stages,
        words[OVERDUE],
        words[WORST_OVERDUE],
    )


def _decode_runs(raw: _RawRecords) -> Histogram:
    return histogram.merge(_decode_stage(raw, number, Stage.HANDLE, cells) for number, cells in enumerate(raw.cells))


def _decode_stage(raw: _RawRecords, number: int, stage: Stage, cells: memoryview[int]) -> Histogram:
    summary = _summary(number, stage)
    return Histogram(raw.words[summary + LOW], tuple(cells), raw.words[summary + SUM], raw.words[summary + MAX])


def _service(raw: _RawRecords, layout: Layout, apart: Collection[str]) -> Service:
    seconds, count, settle_seconds = 0.0, 0, 0.0
    by_tier = dict.fromkeys(range(len(layout.tiers)), (0.0, 0))
    by_queue: dict[str, tuple[float, int]] = {}
    for number, pair in enumerate(raw.pairs):
        queue, tier = layout.queues[pair // len(layout.tiers)], pair % len(layout.tiers)
        ended = sum(raw.words[number * RECORD_WORDS : number * RECORD_WORDS + OVERDUE])
        handle_seconds, settled_seconds = (
            raw.words[_summary(number, stage) + SUM] / MICROSECONDS for stage in (Stage.HANDLE, Stage.SETTLE)
        )
        if queue in apart:
            before_seconds, before_count = by_queue.get(queue, (0.0, 0))
            by_queue[queue] = before_seconds + handle_seconds, before_count + ended
            continue
        before_seconds, before_count = by_tier[tier]
        by_tier[tier] = before_seconds + handle_seconds, before_count + ended
        seconds, count, settle_seconds = seconds + handle_seconds, count + ended, settle_seconds + settled_seconds
    return Service(seconds, count, settle_seconds, by_tier, by_queue)


def _summary(number: int, stage: Stage) -> int:
    return number * RECORD_WORDS + OUTCOME_WORDS + stage * SUMMARY_WORDS
