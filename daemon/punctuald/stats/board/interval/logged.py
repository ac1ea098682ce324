"""The totals of all intervals that were logged: words that only the observer writes, and that outlive it.

There are two halves, and one word says which is good. So one that is killed while it writes leaves the other as it was.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence

from punctuald.stats.board.layout import INTERVAL, LOGGED_HALF, WORD_VALUES, Words


class LoggedTotals:
    """Whole numbers in an order that only `BoardTotals` knows. ``halves`` each begin with their length."""

    def __init__(self, halves: tuple[Words, Words], interval: Words) -> None:
        self._halves = halves
        self._interval = interval

    def read(self) -> list[int]:
        """What was written last; empty before that."""
        half = self._halves[self._interval[LOGGED_HALF] % 2]
        return half[1 : 1 + half[0]].tolist()

    def write(self, numbers: Sequence[int]) -> None:
        """Keep ``numbers``, and let the next interval begin."""
        good = 1 - self._interval[LOGGED_HALF] % 2
        half = self._halves[good]
        half[1 : 1 + len(numbers)] = memoryview(array("Q", numbers))
        half[0] = len(numbers)
        self._interval[LOGGED_HALF] = good
        self._interval[INTERVAL] = (self._interval[INTERVAL] + 1) % (WORD_VALUES - 1)
