from __future__ import annotations

from typing import Any

import pytest

from punctuald.stats.board.board import Board
from punctuald.stats.board.layout import OVERDUE, SEQUENCE, Layout, Words
from punctuald.stats.board.sample_writer import SampleWriter

LAYOUT = Layout(queues=("orders",), tiers=("peak",), handler_slots=1, workers=1)


class Thrown(BaseException):
    """What another thread or a signal throws into the one that writes."""


class WordsThatAreThrownInto:
    """It comes with the store into one word."""

    def __init__(self, words: Words, place: int) -> None:
        self.words = words
        self.place = place

    def __getitem__(self, place: Any) -> Any:
        return self.words[place]

    def __setitem__(self, place: Any, value: Any) -> None:
        if place == self.place:
            raise Thrown
        self.words[place] = value


def test_an_exception_thrown_in_while_gauges_are_written_leaves_the_row_readable() -> None:
    words = Board(LAYOUT).reader(0).words
    thrown_into: Any = WordsThatAreThrownInto(words, LAYOUT.record(0) + OVERDUE)
    with pytest.raises(Thrown):
        SampleWriter(thrown_into, LAYOUT).overdue({(0, 0): (1, 2.0)})
    assert words[SEQUENCE] % 2 == 0
