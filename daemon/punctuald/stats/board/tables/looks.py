"""The observer's looks at each tier, by which its successor goes on: its windows reach as far back as its
predecessor's, and what came late while nobody looked is in them.

Only the observer writes here. A place's instant is written last and cleared first, so one that its writer died over
holds nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from mmap import mmap

from punctuald.policy.delivery.miss_cause import MissCause
from punctuald.policy.sla.windows import MOST_POINTS, History, Look, Point
from punctuald.stats.board.cells import MICROSECONDS
from punctuald.stats.board.digest import row_word
from punctuald.stats.board.layout import WORD_BYTES, Words
from punctuald.stats.board.word_time import from_word, to_word

from .observer_words import ROWS

_TIER, _KEPT = range(2)  # of a row: whose it is, and how many looks were kept so far
_HEAD_WORDS = 2
_AT_MONO, _AT_UTC, _MET = range(3)  # of a place
_MISSED = 3
_PLACE_WORDS = _MISSED + len(MissCause)
_PLACES = MOST_POINTS + 2  # the one before the window began, and the newest
_ROW_WORDS = _HEAD_WORDS + _PLACES * _PLACE_WORDS


class Looks:
    """Made before the first fork, when all totals are 0; an anonymous map of its own, of which a tier takes 60 KiB."""

    def __init__(self) -> None:
        self._words: Words = memoryview(mmap(-1, ROWS * _ROW_WORDS * WORD_BYTES)).cast("Q")

    def history(self, tier: str, now_mono: float, now_utc: float) -> History:
        """What was seen of that tier. Where no observer looked at it yet, all that is late by now came late since;
        empty = there was no room to remember it."""
        row = self._row(tier)
        if row is None:
            return ()
        if row[_TIER] == 0:
            return (Point(now_mono, now_utc, Look()),)
        return tuple(sorted(_points(row), key=lambda point: point.at_mono))

    def looked(self, tier: str, point: Point, every_seconds: float) -> None:
        """The newest. It takes the place of the one before it, unless that one is to be kept: those that are lie
        ``every_seconds`` apart. What was overdue is not remembered: by the next look it is so still, or in a total."""
        row = self._row(tier)
        if row is None:
            return
        kept = row[_KEPT]
        _write(_place(row, kept), point)
        kept_mono = from_word(_place(row, kept - 1)[_AT_MONO]) if kept else None
        if kept_mono is None or point.at_mono - kept_mono >= every_seconds:
            row[_KEPT] = kept + 1
        row[_TIER] = row_word(tier)

    def _row(self, tier: str) -> Words | None:
        """The tier's, else the first that is free; none is ever given up."""
        digest = row_word(tier)
        for start in range(0, ROWS * _ROW_WORDS, _ROW_WORDS):
            if self._words[start] in {digest, 0}:
                return self._words[start : start + _ROW_WORDS]
        return None


def _place(row: Words, number: int) -> Words:
    begin = _HEAD_WORDS + number % _PLACES * _PLACE_WORDS
    return row[begin : begin + _PLACE_WORDS]


def _write(place: Words, point: Point) -> None:
    place[_AT_MONO] = 0
    place[_AT_UTC], place[_MET] = round(point.at_utc * MICROSECONDS), point.look.met
    for cause in MissCause:
        place[_MISSED + cause] = point.look.missed_by[cause]
    place[_AT_MONO] = to_word(point.at_mono)


def _points(row: Words) -> Iterator[Point]:
    for number in range(_PLACES):
        place = _place(row, number)
        at_mono = from_word(place[_AT_MONO])
        if at_mono is not None:
            look = Look(met=place[_MET], missed_by=tuple(place[_MISSED:]))
            yield Point(at_mono, place[_AT_UTC] / MICROSECONDS, look)
