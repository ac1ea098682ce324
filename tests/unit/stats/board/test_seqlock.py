from __future__ import annotations

from punctuald.stats.board.layout import SEQUENCE, Words
from punctuald.stats.board.seqlock import TRIES, SeqlockReader, same_objects

VALUE = 1


def guarded() -> Words:
    return memoryview(bytearray(16)).cast("Q")


def test_an_unchanged_sequence_gives_the_same_object_without_copying() -> None:
    words, copies = guarded(), []
    reader = SeqlockReader(words, lambda: copies.append(words[VALUE]), lambda _raw: object())
    assert reader.read() is reader.read()
    assert len(copies) == 1


def test_a_write_that_comes_between_is_read_again() -> None:
    words = guarded()
    writes = iter([7])

    def copy() -> int:
        value = words[VALUE]
        for written in writes:
            words[VALUE] = written
            words[SEQUENCE] += 2
        return value

    assert SeqlockReader(words, copy, int).read() == 7


def test_a_torn_value_is_not_shown_in_place_of_a_whole_one() -> None:
    words = guarded()
    reader = SeqlockReader(words, lambda: words[VALUE], int)
    assert reader.read() == 0
    words[SEQUENCE], words[VALUE] = 1, 99
    assert reader.read() == 0
    words[SEQUENCE] = 2
    assert reader.read() == 99


def test_a_writer_that_never_rests_costs_a_bounded_number_of_tries() -> None:
    words, tries = guarded(), []

    def copy() -> int:
        words[SEQUENCE] += 2
        tries.append(words[SEQUENCE])
        return len(tries)

    SeqlockReader(words, copy, int).read()
    assert len(tries) == TRIES + 1  # the last one is taken as it is: there was nothing better yet


def test_what_nobody_wrote_to_is_the_same_and_what_is_only_equal_is_not() -> None:
    one, other = [1], [1]
    assert same_objects([one, other], [one, other])
    assert not same_objects([one, other], [other, one])
    assert not same_objects([one], [one, other])
