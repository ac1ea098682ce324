"""The slowest run of a handler in this interval, by queue.

A longest duration can't be had by subtracting totals, so the word that says which interval is being counted is read
with each batch, and a new interval begins a new place; the one before stays to be read.
"""

from __future__ import annotations

from punctuald.stats.board.cells import MICROSECONDS, microseconds
from punctuald.stats.board.layout import (
    INTERVAL,
    SLOWEST_ID,
    SLOWEST_IN,
    SLOWEST_US,
    SLOWEST_WORDS,
    Layout,
    Words,
)

from .text import read_text, write_text


class SlowestRuns:
    """One row's slowest runs; ``interval`` are the board's words of the interval that is being counted."""

    def __init__(self, words: Words, interval: Words, layout: Layout) -> None:
        self._words = words[layout.slowest]
        self._interval = interval

    def ended(self, queue: int, seconds: float, message_id: str) -> None:
        """A handler was at this message for so long: kept where it is the longest of its interval."""
        number = self._interval[INTERVAL]
        place = _place(queue, number)
        words = self._words
        if words[place + SLOWEST_IN] == number + 1 and seconds * MICROSECONDS <= words[place + SLOWEST_US]:
            return
        words[place + SLOWEST_IN] = 0  # while the other words change there is none
        words[place + SLOWEST_US] = microseconds(seconds)
        write_text(words[place + SLOWEST_ID : place + SLOWEST_WORDS], message_id)
        words[place + SLOWEST_IN] = number + 1

    def read(self, queue: int) -> tuple[float, str] | None:
        """Seconds and message id of the interval that is being counted; None where nothing ran, or it changes now."""
        number = self._interval[INTERVAL]
        place = _place(queue, number)
        if self._words[place + SLOWEST_IN] != number + 1:
            return None
        seconds = self._words[place + SLOWEST_US] / MICROSECONDS
        message_id = read_text(self._words[place + SLOWEST_ID : place + SLOWEST_WORDS])
        return (seconds, message_id) if self._words[place + SLOWEST_IN] == number + 1 else None


def _place(queue: int, number: int) -> int:
    return (2 * queue + number % 2) * SLOWEST_WORDS
