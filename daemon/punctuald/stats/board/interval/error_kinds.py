"""How often handlers raised what: a table of so many kinds for each row, and the rest by queue.

A row's table outlives its worker, so the next one goes on in it.
"""

from __future__ import annotations

from collections.abc import Iterator

from punctuald.stats.board.layout import (
    ERROR_COUNT,
    ERROR_KINDS,
    ERROR_QUEUE,
    ERROR_TEXT,
    ERROR_WORDS,
    Layout,
    Words,
)

from .text import read_text, write_text

OTHER = ""
"""The kind of those for which there was no room."""


class ErrorKinds:
    """One row's table. Its page takes no memory before the first error."""

    def __init__(self, words: Words, layout: Layout) -> None:
        self._words = words[layout.errors]
        self._places: dict[tuple[int, str], int] = {}

    def count(self, queue: int, kind: str) -> None:
        """A handler of the queue with index ``queue`` raised something of this kind. Only one thread at a time may call
        this."""
        place = self._places.get((queue, kind))
        if place is None:
            place = self._take(queue, kind)
        self._words[place + ERROR_COUNT] += 1

    def read(self) -> Iterator[tuple[int, str, int]]:
        """Queue, kind and how often, since the board was made."""
        for place in range(0, ERROR_KINDS * ERROR_WORDS, ERROR_WORDS):
            if not (count := self._words[place + ERROR_COUNT]):
                break
            yield self._words[place + ERROR_QUEUE], read_text(self._text(place)), count
        rest = self._words[ERROR_KINDS * ERROR_WORDS :].tolist()
        yield from ((queue, OTHER, count) for queue, count in enumerate(rest) if count)

    def _take(self, queue: int, kind: str) -> int:
        if len(self._places) >= 2 * ERROR_KINDS:  # kinds without end, from code that is generated
            return ERROR_KINDS * ERROR_WORDS + queue
        for place in range(0, ERROR_KINDS * ERROR_WORDS, ERROR_WORDS):
            if self._words[place + ERROR_COUNT] == 0:
                write_text(self._text(place), kind)
                self._words[place + ERROR_QUEUE] = queue
                break
            if self._is(place, queue, kind):
                break
        else:
            place = ERROR_KINDS * ERROR_WORDS + queue
        self._places[queue, kind] = place
        return place

    def _is(self, place: int, queue: int, kind: str) -> bool:
        cut = memoryview(bytearray((ERROR_WORDS - ERROR_TEXT) * 8)).cast("Q")
        write_text(cut, kind)
        return self._words[place + ERROR_QUEUE] == queue and self._text(place) == cut

    def _text(self, place: int) -> Words:
        return self._words[place + ERROR_TEXT : place + ERROR_WORDS]
