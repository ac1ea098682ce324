"""The observer's last look at each tier, from which its successor counts: while nobody looks messages can be late, too.

Only the observer writes here. A row has room for two looks and a word that says which of them counts, so that one whose
writer died over the other is still whole.
"""

from __future__ import annotations

from mmap import mmap

from punctuald.policy.delivery.miss_cause import MissCause
from punctuald.policy.sla.windows import Look, Point
from punctuald.stats.board.cells import MICROSECONDS
from punctuald.stats.board.digest import message_word
from punctuald.stats.board.layout import WORD_BYTES, Words
from punctuald.stats.board.word_time import from_word, to_word

_TIER, _COUNTS = range(2)  # of a row
_HEAD_WORDS = 2
_AT_MONO, _AT_UTC, _MET = range(3)  # of a look
_MISSED = 3
_LOOK_WORDS = _MISSED + len(MissCause)
_ROW_WORDS = _HEAD_WORDS + 2 * _LOOK_WORDS
ROWS = 64
"""Tiers: twice what a configuration may have, for those that a reload has taken out."""


class LastLooks:
    """Made before the first fork, when all totals are 0; an anonymous map of its own."""

    def __init__(self) -> None:
        self._words: Words = memoryview(mmap(-1, ROWS * _ROW_WORDS * WORD_BYTES)).cast("Q")

    def before(self, tier: str, now_mono: float, now_utc: float) -> Point | None:
        """What to count that tier's messages from. No observer has looked at it before: all that are late by now came
        late since. None = there was no room to remember it."""
        row = self._row(tier)
        if row is None:
            return None
        if row[_TIER] == 0:
            return Point(now_mono, now_utc, Look())
        return _point(_look(row, row[_COUNTS]))

    def looked(self, tier: str, point: Point) -> None:
        """The last one by now. What was overdue is not kept: at the next look it is so still, or in a total."""
        row = self._row(tier)
        if row is None:
            return
        other = 1 - row[_COUNTS]
        words = _look(row, other)
        words[_AT_MONO], words[_AT_UTC] = to_word(point.at_mono), round(point.at_utc * MICROSECONDS)
        words[_MET] = point.look.met
        for cause in MissCause:
            words[_MISSED + cause] = point.look.missed_by[cause]
        row[_COUNTS] = other
        row[_TIER] = _digest(tier)

    def _row(self, tier: str) -> Words | None:
        """The tier's, else the first that is free; none is ever given up."""
        digest = _digest(tier)
        for start in range(0, ROWS * _ROW_WORDS, _ROW_WORDS):
            if self._words[start] in {digest, 0}:
                return self._words[start : start + _ROW_WORDS]
        return None


def _look(row: Words, which: int) -> Words:
    begin = _HEAD_WORDS + which * _LOOK_WORDS
    return row[begin : begin + _LOOK_WORDS]


def _point(words: Words) -> Point:
    look = Look(met=words[_MET], missed_by=tuple(words[_MISSED:]))
    return Point(from_word(words[_AT_MONO]) or 0.0, words[_AT_UTC] / MICROSECONDS, look)


def _digest(tier: str) -> int:
    return message_word(tier) or 1  # 0: a row that is free
