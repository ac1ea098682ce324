"""Which of several copies runs, and which were settled, is known to all workers, as long as there is room."""

from __future__ import annotations

from uuid import UUID

from doubles.delivery.regions_bench import copy_table
from punctuald.stats.board.board import Board
from punctuald.stats.board.layout import WORD_BYTES, Layout, Words
from punctuald.stats.board.tables.copies import BUCKETS, COPIES_WORDS, WAYS, Copy, CopyTable

LAYOUT = Layout(queues=("orders",), tiers=("only",), handler_slots=1, workers=2)


def words() -> Words:
    return memoryview(bytearray(COPIES_WORDS * WORD_BYTES)).cast("Q")


def key(number: int) -> str:
    """All of them share a bucket."""
    return str(UUID(int=1 + BUCKETS * number))


def test_each_process_knows_which_message_is_the_first_of_its_copies_and_who_has_it() -> None:
    shared = words()
    assert CopyTable(shared).first("order 7", "east") is None
    CopyTable(shared).enter("order 7", "east", 4_000_000, 10.0, is_settled=False)
    assert CopyTable(shared).first("order 7", "west") == Copy(is_settled=False, pid=4_000_000, is_same=False)
    assert CopyTable(shared).first("order 7", "east") == Copy(is_settled=False, pid=4_000_000, is_same=True)
    assert CopyTable(shared).first("order 8", "west") is None


def test_what_was_settled_stays_known_and_what_failed_does_not() -> None:
    table = copy_table()
    table.enter("a", "east", 7, 10.0, is_settled=False)
    table.enter("a", "east", 7, 11.0, is_settled=True)
    table.enter("b", "east", 7, 10.0, is_settled=False)
    table.forget("b", "west")
    assert table.first("b", "west") is not None, "only the first copy's end counts"
    table.forget("b", "east")
    found = table.first("a", "west")
    assert (found is not None and found.is_settled, table.first("b", "west")) == (True, None)


def test_it_outlives_a_reload_that_changes_the_boards_layout() -> None:
    before = Board(LAYOUT)
    before.tables.copies.enter("a", "east", 7, 1.0, is_settled=True)
    after = Board(Layout(queues=("orders", "bills"), tiers=("only",), handler_slots=4, workers=8), before.tables)
    assert after.tables.copies.first("a", "east") is not None


def test_of_more_than_it_has_room_for_those_that_were_settled_first_are_forgotten() -> None:
    table = copy_table()
    table.enter(key(0), "runs", 7, 1.0, is_settled=False)
    for number in range(1, WAYS + 2):
        table.enter(key(number), "settled", 7, float(number), is_settled=True)
    known = [table.first(key(number), "") is not None for number in range(WAYS + 2)]
    assert known == [True, False, False, *[True] * (WAYS - 1)]


def test_an_entry_that_two_processes_wrote_at_once_is_nobodys() -> None:
    torn, whole = words(), words()
    CopyTable(torn).enter(key(0), "east", 7, 1.0, is_settled=False)
    CopyTable(whole).enter(key(1), "west", 8, 2.0, is_settled=False)
    written = [place for place, word in enumerate(whole) if word]
    torn[written[-1]] = whole[written[-1]]
    assert CopyTable(torn).first(key(0), "east") is CopyTable(torn).first(key(1), "west") is None
