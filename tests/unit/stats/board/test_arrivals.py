from __future__ import annotations

from punctuald.stats.board import arrivals
from punctuald.stats.board.layout import ARRIVAL_CELLS, Words

NOW = 1_700_000_000


def ring() -> Words:
    return memoryview(bytearray(ARRIVAL_CELLS * 8)).cast("Q")


def test_arrivals_of_one_second_add_up_over_workers() -> None:
    one, other = ring(), ring()
    arrivals.record(one, NOW, 2)
    arrivals.record(one, NOW, 1)
    arrivals.record(other, NOW, 4)
    arrivals.record(other, NOW - 5, 1)
    assert arrivals.merged([one, other]) == ((NOW - 5, 1), (NOW, 7))


def test_a_later_second_takes_the_cell_of_one_a_whole_ring_older() -> None:
    words = ring()
    arrivals.record(words, NOW - ARRIVAL_CELLS, 3)
    arrivals.record(words, NOW, 1)
    arrivals.record(words, NOW - ARRIVAL_CELLS, 3)
    assert arrivals.merged([words]) == ((NOW, 1),)


def test_a_count_that_is_full_stays_full_and_does_not_spill_into_the_second() -> None:
    words = ring()
    arrivals.record(words, NOW, arrivals.COUNT_MASK)
    arrivals.record(words, NOW, 1)
    assert arrivals.merged([words]) == ((NOW, arrivals.COUNT_MASK),)
