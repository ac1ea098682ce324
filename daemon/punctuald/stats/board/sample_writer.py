"""Where messages' time went, on its way to the board."""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Iterable, Mapping, Sequence
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
from .layout import (
    END,
    LOW,
    MAX,
    MET,
    MISSED_BY,
    OUTCOME_WORDS,
    OVERDUE,
    SEQUENCE,
    SUM,
    SUMMARY_WORDS,
    WORST_OVERDUE,
    Layout,
    Words,
)
from .record_places import RecordPlaces

STAGES = slice(2, -2)  # of `Samples`
FULL = 10
"""So many samples from one call come from a backlog, and more follow at once."""

WRITTEN_TOGETHER = 250
"""A sample then costs a quarter of what it costs when ten are written together. So many may be lost, because not yet
written, where a worker is killed."""


class SampleWriter:
    """Writes one row's samples, many together."""

    def __init__(self, words: Words, layout: Layout) -> None:
        self._words = words
        self._layout = layout
        self._places = RecordPlaces(words, layout)
        self._known: dict[tuple[int, int], tuple[int, tuple[int, ...]]] = {}  # by queue and tier: record, histograms
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
        for pair in {(samples.queue, samples.tier) for samples in unwritten}:
            same = [samples for samples in unwritten if (samples.queue, samples.tier) == pair]
            self._write(*self._place(pair), same)

    def overdue(self, in_hand: Mapping[tuple[int, int], tuple[int, float]]) -> None:
        """By queue and tier: how many messages are in hand past their deadline, and the most that one is. What is not
        there has none."""
        for pair in in_hand:
            self._place(pair)
        for pair, (record, _) in self._known.items():
            messages, worst_seconds = in_hand.get(pair, (0, 0.0))
            gauges = (messages, microseconds(worst_seconds))
            if (self._words[record + OVERDUE], self._words[record + WORST_OVERDUE]) != gauges:
                self._set_overdue(record, *gauges)

    def _set_overdue(self, record: int, messages: int, worst_us: int) -> None:
        self._words[SEQUENCE] += 1
        try:
            self._words[record + OVERDUE], self._words[record + WORST_OVERDUE] = messages, worst_us
        finally:  # as where samples are written
            self._words[SEQUENCE] += 1

    def _place(self, pair: tuple[int, int]) -> tuple[int, tuple[int, ...]]:
        """Where the record of a queue and tier and its histograms begin. Raises IndexError where there is no such."""
        known = self._known.get(pair)
        if known is None:
            layout = self._layout
            number = self._places.number_of(layout.pair(*pair))
            histograms = tuple(layout.histogram(number, stage) for stage in Stage)
            known = self._known[pair] = layout.record(number), histograms
        return known

    def _write(self, record: int, histograms: Sequence[int], parts: Sequence[Samples]) -> None:
        stages = _with_end_to_end(_joined(parts))
        words = self._words
        words[SEQUENCE] += 1
        try:
            words[record + MET] += sum([sum(part.met) for part in parts])
            for cause, missed in Tally(chain.from_iterable([part.missed_by for part in parts])).items():
                words[record + MISSED_BY + cause] += missed
            _record_stages(words, record + OUTCOME_WORDS, histograms, stages)
        finally:  # an exception thrown into this thread must not leave the row unreadable
            words[SEQUENCE] += 1


def _joined(parts: Sequence[Samples]) -> list[list[float]]:
    """By stage, all messages' seconds."""
    return [list(chain.from_iterable(column)) for column in zip(*[part[STAGES] for part in parts], strict=True)]


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
