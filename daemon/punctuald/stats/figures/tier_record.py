"""How one row's messages met their tiers' thresholds: copied from the board quickly, and decoded after that."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import attrgetter

from punctuald.model import Stage
from punctuald.stats.board.cells import MICROSECONDS
from punctuald.stats.board.layout import (
    END,
    LOW,
    MAX,
    MET,
    MISSED,
    OUTCOME_WORDS,
    SUM,
    SUMMARY_WORDS,
    TIER_WORDS,
    Layout,
    Words,
)
from punctuald.stats.board.seqlock import SeqlockReader

from . import histogram
from .histogram import Histogram


@dataclass(frozen=True, slots=True)
class TierRecord:
    """One tier's samples. ``stages`` has a histogram for each `Stage`, in its order."""

    met: int = 0
    missed: int = 0
    stages: tuple[Histogram, ...] = (histogram.EMPTY,) * len(Stage)


@dataclass(frozen=True, slots=True)
class Service:
    """How much handlers worked, and how long it then took until their messages were acknowledged."""

    seconds: float
    count: int
    settle_seconds: float
    by_tier: tuple[tuple[float, int], ...] = ()  # seconds and count, in the layout's order


def merged(records: Iterable[TierRecord]) -> TierRecord:
    """Several workers' records of one tier as one."""
    records = tuple(records)
    stages = (histogram.merge(same) for same in zip(*map(attrgetter("stages"), records), strict=True))
    return TierRecord(sum(one.met for one in records), sum(one.missed for one in records), tuple(stages))


def record_reader(words: Words, layout: Layout) -> SeqlockReader[_RawRecords, tuple[TierRecord, ...]]:
    """Reads all tiers of one row, in the layout's order."""
    return SeqlockReader(words, lambda: _copy(words, layout, tuple(Stage)), _decode)


def service_reader(words: Words, layout: Layout) -> SeqlockReader[list[int], Service]:
    """Reads sums and the count alone: they lie in the records, so no histogram has to be copied."""
    return SeqlockReader(words, words[layout.tier_records].tolist, _service)


def run_reader(words: Words, layout: Layout) -> SeqlockReader[_RawRecords, Histogram]:
    """Reads the run times of all tiers of one row as one histogram."""
    return SeqlockReader(words, lambda: _copy(words, layout, (Stage.HANDLE,)), _decode_runs)


@dataclass(frozen=True, slots=True)
class _RawRecords:
    words: list[int]  # all tiers' records
    cells: list[memoryview[int]]  # by tier and copied stage, the touched range


def _copy(words: Words, layout: Layout, stages: Sequence[Stage]) -> _RawRecords:
    records = words[layout.tier_records].tolist()
    cells = []
    for tier in range(len(layout.tiers)):
        for stage in stages:
            summary = _summary(tier, stage)
            base = layout.histogram(tier, stage)
            # Nothing outside the touched range: reading a page of shared memory for the first time allocates it.
            touched = words[base + records[summary + LOW] : base + records[summary + END]]
            cells.append(memoryview(touched.tobytes()).cast("Q"))
    return _RawRecords(records, cells)


def _decode(raw: _RawRecords) -> tuple[TierRecord, ...]:
    return tuple(_decode_tier(raw, tier) for tier in range(len(raw.words) // TIER_WORDS))


def _decode_tier(raw: _RawRecords, tier: int) -> TierRecord:
    record = tier * TIER_WORDS
    stages = tuple(_decode_stage(raw, tier, stage, raw.cells[tier * len(Stage) + stage]) for stage in Stage)
    return TierRecord(raw.words[record + MET], raw.words[record + MISSED], stages)


def _decode_runs(raw: _RawRecords) -> Histogram:
    return histogram.merge(_decode_stage(raw, tier, Stage.HANDLE, cells) for tier, cells in enumerate(raw.cells))


def _decode_stage(raw: _RawRecords, tier: int, stage: Stage, cells: memoryview[int]) -> Histogram:
    summary = _summary(tier, stage)
    return Histogram(raw.words[summary + LOW], tuple(cells), raw.words[summary + SUM], raw.words[summary + MAX])


def _service(words: list[int]) -> Service:
    run_us, settle_us = (sum(words[_summary(0, stage) + SUM :: TIER_WORDS]) for stage in (Stage.HANDLE, Stage.SETTLE))
    run_us_of = words[_summary(0, Stage.HANDLE) + SUM :: TIER_WORDS]
    counts = [met + missed for met, missed in zip(words[MET::TIER_WORDS], words[MISSED::TIER_WORDS], strict=True)]
    by_tier = tuple((us / MICROSECONDS, count) for us, count in zip(run_us_of, counts, strict=True))
    return Service(run_us / MICROSECONDS, sum(counts), settle_us / MICROSECONDS, by_tier)


def _summary(tier: int, stage: Stage) -> int:
    return tier * TIER_WORDS + OUTCOME_WORDS + stage * SUMMARY_WORDS
