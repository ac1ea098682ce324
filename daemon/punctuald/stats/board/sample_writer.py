"""Where messages' time went, on its way to the board."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain

from punctuald.model import Samples, Stage

from .cells import (
    FIRST,
    MICROSECONDS,
    SPARE_BITS,
    cell_of_half,
    halves,
    microseconds,
)
from .layout import END, LOW, MAX, MET, MISSED, OUTCOME_WORDS, SEQUENCE, SUM, SUMMARY_WORDS, Layout, Words

FULL = 10
"""So many samples from one call come from a backlog, and more follow at once."""

WRITTEN_TOGETHER = 250
"""A sample then costs a quarter of what it costs when ten are written together. So many may be lost, because not yet
written, where a worker is killed."""


class SampleWriter:
    """Writes one row's samples, many together."""

    def __init__(self, words: Words, layout: Layout) -> None:
        self._words = words
        self._tiers = tuple(
            (layout.tier_record(tier), tuple(layout.histogram(tier, stage) for stage in Stage))
            for tier in range(len(layout.tiers))
        )
        self._unwritten: list[Samples] = []
        self._count = 0

    def add(self, samples: Samples) -> None:
        """Samples of one call to the source: written at once or, where more are sure to follow, together with those."""
        self._unwritten.append(samples)
        self._count += len(samples.met)
        if len(samples.met) < FULL or self._count >= WRITTEN_TOGETHER:
            self.write()

    def write(self) -> None:
        """Everything to the board, now."""
        unwritten, self._unwritten, self._count = self._unwritten, [], 0
        for tier in {samples.tier for samples in unwritten}:
            same = [samples for samples in unwritten if samples.tier == tier]
            stages, met = _joined(same)
            self._write(tier, met, _with_end_to_end(stages))

    def _write(self, tier: int, met: int, stages: Sequence[Sequence[float]]) -> None:
        record, histograms = self._tiers[tier]
        words = self._words
        words[SEQUENCE] += 1
        try:
            words[record + MET] += met
            words[record + MISSED] += len(stages[0]) - met
            _record_stages(words, record + OUTCOME_WORDS, histograms, stages)
        finally:  # an exception thrown into this thread must not leave the row unreadable
            words[SEQUENCE] += 1


def _joined(parts: Sequence[Samples]) -> tuple[list[list[float]], int]:
    """By stage, all messages' seconds; and how many of them met their tier."""
    stages = [list(chain.from_iterable(column)) for column in zip(*[part[1:-1] for part in parts], strict=True)]
    return stages, sum([sum(part.met) for part in parts])


def _with_end_to_end(stages: Iterable[Sequence[float]]) -> list[Sequence[float]]:
    """By stage, every message's seconds; end to end last. Two machines' clocks can disagree: below zero is zero."""
    given = [stage if min(stage) >= 0 else [max(0.0, seconds) for seconds in stage] for stage in stages]
    return [*given, list(map(sum, zip(*given, strict=True)))]


def _record_stages(words: Words, summary: int, histograms: Sequence[int], stages: Sequence[Sequence[float]]) -> None:
    """``stages``: for each stage, every message's seconds."""
    for histogram, durations in zip(histograms, stages, strict=True):
        counted = halves(durations)
        _widen(words, summary, cell_of_half(min(counted)), cell_of_half(max(counted)))
        begin = histogram - FIRST
        for half, count in counted.items():
            words[begin + (half >> SPARE_BITS)] += count  # `cell_of_half`, in place: once a message and stage
        words[summary + SUM] += microseconds(sum(durations))
        longest = max(durations)
        if longest * MICROSECONDS > words[summary + MAX]:
            words[summary + MAX] = microseconds(longest)
        summary += SUMMARY_WORDS


def _widen(words: Words, summary: int, lowest: int, highest: int) -> None:
    """Keep these cells within the touched range; END 0 says that there is none yet."""
    end = words[summary + END]
    if not end or lowest < words[summary + LOW]:
        words[summary + LOW] = lowest
    if highest >= end:
        words[summary + END] = highest + 1
