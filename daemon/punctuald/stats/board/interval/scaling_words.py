"""What the autoscaler decided last, and what it decided by, as words of its own row."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf

from punctuald.model import Backlog
from punctuald.policy.delivery.miss_cause import NEVER, Span
from punctuald.policy.scaling.decide import Reason
from punctuald.policy.scaling.guards import Guard
from punctuald.stats.board import word_time
from punctuald.stats.board.layout import (
    BACKLOG_WORDS,
    CAPS,
    DECIDED,
    DECIDED_WORKERS,
    HEAD_AGE,
    PID,
    REASON,
    SCALING_HEAD,
    SEQUENCE,
    SHORT_SINCE,
    SHORT_UNTIL,
    Layout,
    Words,
)
from punctuald.stats.board.seqlock import SeqlockReader
from punctuald.stats.board.word_time import MILLISECONDS

_REASONS = tuple(Reason)
"""A reason's code is its place here, and a guard's that in its enum."""


@dataclass(frozen=True, slots=True)
class ScalingWords:
    """``short`` is when there were fewer workers ready than ordered, the last time; ``backlogs`` are by the queue's
    index."""

    decided_mono: float
    workers: int
    reason: Reason
    caps: Mapping[Guard, int] = field(default_factory=dict)
    head_age_seconds: float | None = None
    short: Span = NEVER
    backlogs: Mapping[int, Backlog] = field(default_factory=dict)


class ScalingWriter:
    """Writes them, in the autoscaler's process."""

    def __init__(self, words: Words, layout: Layout) -> None:
        self._row = words
        self._words = words[layout.scaling]

    def write(self, decided: ScalingWords) -> None:
        """Everything at once: readers find the one before, or this one."""
        self._row[SEQUENCE] += 1
        try:
            for place, word in enumerate(_head(decided), DECIDED):
                self._words[place] = word
            for queue, backlog in decided.backlogs.items():
                place = SCALING_HEAD + queue * BACKLOG_WORDS
                for offset, word in enumerate(_numbers(backlog)):
                    self._words[place + offset] = word
        finally:
            self._row[SEQUENCE] += 1

    def forget(self) -> None:
        """It was decided for settings that were in force long ago; nobody writes it now."""
        self._row[SEQUENCE] |= 1  # it is odd already where the autoscaler died in the middle of a word
        self._words[:] = memoryview(bytes(self._words.nbytes)).cast("Q")
        self._row[SEQUENCE] += 1


@dataclass(frozen=True, slots=True)
class _Raw:
    words: list[int]
    is_alive: bool  # whether there is an autoscaler that would say if it were otherwise by now


ScalingReader = SeqlockReader[_Raw, ScalingWords | None]
ShortReader = SeqlockReader[_Raw, Span]


def scaling_reader(words: Words, layout: Layout) -> ScalingReader:
    """Reads them, in any process; None before the first decision."""
    return SeqlockReader(words, _copier(words, layout), _decoded)


def short_reader(words: Words, layout: Layout) -> ShortReader:
    """Reads when there were fewer workers than ordered, the last time, for a worker that wants to know why a message
    waited: from another process's row, and only where a message was late."""
    return SeqlockReader(words, _copier(words, layout), _short)


def _copier(words: Words, layout: Layout) -> Callable[[], _Raw]:
    own = words[layout.scaling]
    return lambda: _Raw(own.tolist(), is_alive=bool(words[PID]))


def _short(raw: _Raw) -> Span:
    """Without end while it lasts. An autoscaler that is dead says nothing of now."""
    since_mono, until_mono = word_time.from_word(raw.words[SHORT_SINCE]), word_time.from_word(raw.words[SHORT_UNTIL])
    if since_mono is None or (until_mono is None and not raw.is_alive):
        return NEVER
    return Span(since_mono, inf if until_mono is None else until_mono)


def _head(decided: ScalingWords) -> Sequence[int]:
    short = decided.short
    return (
        word_time.to_word(decided.decided_mono),
        decided.workers,
        _REASONS.index(decided.reason),
        _some_time(decided.head_age_seconds),
        word_time.NONE if short is NEVER else word_time.to_word(short.since_mono),
        word_time.NONE if short is NEVER or short.until_mono == inf else word_time.to_word(short.until_mono),
        *[0 if (cap := decided.caps.get(guard)) is None else 1 + cap for guard in Guard],
    )


def _decoded(raw: _Raw) -> ScalingWords | None:
    words = raw.words
    decided_mono = word_time.from_word(words[DECIDED])
    if decided_mono is None:
        return None
    return ScalingWords(
        decided_mono,
        workers=words[DECIDED_WORKERS],
        reason=_REASONS[words[REASON]],
        caps={guard: word - 1 for guard, word in zip(Guard, words[CAPS:SCALING_HEAD], strict=False) if word},
        head_age_seconds=_some_seconds(words[HEAD_AGE]),
        short=_short(raw),
        backlogs=dict(_backlogs(words)),
    )


def _backlogs(words: list[int]) -> Sequence[tuple[int, Backlog]]:
    found = []
    for queue, place in enumerate(range(SCALING_HEAD, len(words), BACKLOG_WORDS)):
        read_mono = word_time.from_word(words[place])
        if read_mono is not None:
            visible, in_flight, delayed, behind = words[place + 1 : place + BACKLOG_WORDS]
            found.append((queue, Backlog(visible, in_flight, delayed, read_mono, _some_seconds(behind))))
    return found


def _numbers(backlog: Backlog) -> Sequence[int]:
    read = word_time.to_word(backlog.read_mono)
    return (read, backlog.visible, backlog.in_flight, backlog.delayed, _some_time(backlog.behind_seconds))


def _some_time(seconds: float | None) -> int:
    """Milliseconds plus one; 0 for None."""
    return 0 if seconds is None else 1 + round(max(0.0, seconds) * MILLISECONDS)


def _some_seconds(word: int) -> float | None:
    return (word - 1) / MILLISECONDS if word else None
