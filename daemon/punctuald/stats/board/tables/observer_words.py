"""What the observer reported last, for its successor, which neither repeats nor forgets anything.

Only the observer writes here. A violation's first word says which tier it is about; it is written last and cleared
first, so a row that its writer died over is none.
"""

from __future__ import annotations

from mmap import mmap

from punctuald.policy.delivery.miss_cause import MissCause
from punctuald.policy.sla.violation import Violation
from punctuald.stats.board.cells import MICROSECONDS
from punctuald.stats.board.digest import row_word
from punctuald.stats.board.layout import WORD_BYTES, Words
from punctuald.stats.board.word_time import from_word, to_word

_INTERVAL_END = 0
_HEAD_WORDS = 1

_TIER, _SINCE_MONO, _SINCE_UTC, _REPORTED, _WORST = range(5)
_MISSED = 5
_ROW_WORDS = _MISSED + len(MissCause)
ROWS = 64
"""Tiers that can be violated at a time: twice what a configuration may have, for those that a reload has taken out."""


class ObserverWords:
    """The end of the last interval, and the violations that last, by tier's name. Made before the first fork; an
    anonymous map of its own."""

    def __init__(self) -> None:
        size_bytes = (_HEAD_WORDS + ROWS * _ROW_WORDS) * WORD_BYTES
        self._words: Words = memoryview(mmap(-1, size_bytes)).cast("Q")

    @property
    def interval_end_mono(self) -> float | None:
        """Up to when intervals were reported; before the first one, since when it is counted; None = there was no
        observer yet."""
        return from_word(self._words[_INTERVAL_END])

    def interval_begins(self, now_mono: float) -> float:
        """An observer begins: since when the interval under way is counted. Where none was reported yet, that is since
        the first observer began, and not since this one did: what the boards have was counted since then."""
        if self.interval_end_mono is None:
            self.interval_ended(now_mono)
        return self.interval_end_mono or now_mono

    def interval_ended(self, at_mono: float) -> None:
        """An interval was reported that ended then."""
        self._words[_INTERVAL_END] = to_word(at_mono)

    def violation(self, tier: str) -> Violation | None:
        """The violation of that tier, if one was reported and not ended."""
        row = self._row(row_word(tier))
        if row is None:
            return None
        return Violation(
            since_mono=from_word(row[_SINCE_MONO]) or 0.0,
            since_utc=row[_SINCE_UTC] / MICROSECONDS,
            missed_before=tuple(row[_MISSED:_ROW_WORDS]),
            worst_seconds=row[_WORST] / MICROSECONDS,
            reported_mono=from_word(row[_REPORTED]) or 0.0,
        )

    def violated(self, tier: str, violation: Violation) -> None:
        """It begins, or goes on. Where there is no room for one more it is not kept."""
        digest = row_word(tier)
        row = self._row(digest)
        if row is None:
            row = self._row(0)
        if row is None:
            return
        row[_SINCE_MONO], row[_REPORTED] = to_word(violation.since_mono), to_word(violation.reported_mono)
        row[_SINCE_UTC] = round(violation.since_utc * MICROSECONDS)
        row[_WORST] = round(violation.worst_seconds * MICROSECONDS)
        for cause in MissCause:
            row[_MISSED + cause] = violation.missed_before[cause]
        row[_TIER] = digest

    def restored(self, tier: str) -> None:
        """It is over."""
        row = self._row(row_word(tier))
        if row is not None:
            row[_TIER] = 0

    def _row(self, digest: int) -> Words | None:
        starts = range(_HEAD_WORDS, _HEAD_WORDS + ROWS * _ROW_WORDS, _ROW_WORDS)
        rows = (self._words[start : start + _ROW_WORDS] for start in starts)
        return next((row for row in rows if row[_TIER] == digest), None)
