"""A worker's reports as words of its row."""

from __future__ import annotations

from collections.abc import Sequence

from punctuald.policy.delivery.downstream import Report
from punctuald.stats.board import word_time
from punctuald.stats.board.digest import LOW_64
from punctuald.stats.board.layout import (
    DONE_THERE,
    DOWN,
    DOWNSTREAM_HEAD,
    DOWNSTREAM_WORDS,
    NOT_BEFORE,
    PROBED,
    PROBES,
    RAISED,
    RAISED_BY,
    SEQUENCE,
    UP,
    WAITING_THERE,
    Words,
)


def write(words: Words, queue: int, report: Report) -> None:
    """Store ``report`` on the queue with index ``queue``; called by the one process that writes this row."""
    base = DOWNSTREAM_HEAD + queue * DOWNSTREAM_WORDS
    words[SEQUENCE] = (words[SEQUENCE] + 1 & LOW_64) | 1  # odd from here on, also after a writer that was killed
    words[base + RAISED] = _word(report.raised_mono)
    words[base + RAISED_BY] = report.raised_by & LOW_64
    words[base + DOWN] = _word(report.down_mono)
    words[base + UP] = _word(report.up_mono)
    words[base + PROBED] = _word(report.probed_mono)
    words[base + PROBES] = report.probes
    words[base + WAITING_THERE] = report.held
    words[base + DONE_THERE] = _word(report.done_mono)
    words[base + NOT_BEFORE] = _word(report.not_before_mono)
    words[SEQUENCE] = words[SEQUENCE] + 1 & LOW_64


def decoded(words: Sequence[int], queues: int) -> tuple[Report, ...]:
    """The reports on all ``queues``, by index, from a whole copy of a row's words; none says whether it is ready."""
    bases = range(DOWNSTREAM_HEAD, DOWNSTREAM_HEAD + queues * DOWNSTREAM_WORDS, DOWNSTREAM_WORDS)
    return tuple(_report(words[base : base + DOWNSTREAM_WORDS]) for base in bases)


def _report(words: Sequence[int]) -> Report:
    raised, down, up, probed = (_mono(words[place]) for place in (RAISED, DOWN, UP, PROBED))
    return Report(
        raised_mono=raised,
        raised_by=words[RAISED_BY],
        down_mono=down,
        up_mono=up,
        probed_mono=probed,
        probes=words[PROBES],
        held=words[WAITING_THERE],
        done_mono=_mono(words[DONE_THERE]),
        not_before_mono=_mono(words[NOT_BEFORE]),
    )


def _word(mono: float) -> int:
    return word_time.to_word(mono) if mono else word_time.NONE


def _mono(word: int) -> float:
    return word_time.from_word(word) or 0.0
