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


def of_another(pid: int, *, is_same: bool) -> Copy:
    """At a handler there since ten seconds past, and of the same region."""
    return Copy(False, pid, 10.0, is_same=is_same, is_same_region=True)


def test_each_process_knows_which_message_is_the_first_of_its_copies_and_who_has_it() -> None:
    shared = words()
    assert CopyTable(shared).first("order 7", "east", "eu") is None
    CopyTable(shared).enter("order 7", "east", "eu", 4_000_000, 10.0, is_settled=False)
    assert CopyTable(shared).first("order 7", "west", "eu") == Copy(
        False, 4_000_000, 10.0, is_same=False, is_same_region=True
    )
    assert CopyTable(shared).first("order 7", "east", "eu") == Copy(
        False, 4_000_000, 10.0, is_same=True, is_same_region=True
    )
    assert CopyTable(shared).first("order 8", "west", "eu") is None


def test_it_is_known_from_which_region_the_first_came_and_since_when() -> None:
    table = copy_table()
    table.enter("a", "first", "eu", 7, 12.5, is_settled=True)
    found = [table.first("a", "second", region) for region in ("eu", "us")]
    assert found == [Copy(True, 7, 12.5, is_same=False, is_same_region=of_it) for of_it in (True, False)]


def test_what_was_settled_stays_known_and_what_failed_does_not() -> None:
    table = copy_table()
    table.enter("a", "east", "eu", 7, 10.0, is_settled=False)
    table.enter("a", "east", "eu", 7, 11.0, is_settled=True)
    table.enter("b", "east", "eu", 7, 10.0, is_settled=False)
    table.forget("b", "west")
    assert table.first("b", "west", "eu") is not None, "only the first copy's end counts"
    table.forget("b", "east")
    found = table.first("a", "west", "eu")
    assert (found is not None and found.is_settled, table.first("b", "west", "eu")) == (True, None)


def test_it_outlives_a_reload_that_changes_the_boards_layout() -> None:
    before = Board(LAYOUT)
    before.tables.copies.enter("a", "east", "eu", 7, 1.0, is_settled=True)
    after = Board(Layout(queues=("orders", "bills"), tiers=("only",), handler_slots=4, workers=8), before.tables)
    assert after.tables.copies.first("a", "east", "eu") is not None


def test_of_more_than_it_has_room_for_those_that_were_settled_first_are_forgotten() -> None:
    table = copy_table()
    table.enter(key(0), "runs", "eu", 7, 1.0, is_settled=False)
    for number in range(1, WAYS + 2):
        table.enter(key(number), "settled", "eu", 7, float(number), is_settled=True)
    known = [table.first(key(number), "", "eu") is not None for number in range(WAYS + 2)]
    assert known == [True, False, False, *[True] * (WAYS - 1)]


def test_an_entry_that_two_processes_wrote_at_once_is_nobodys() -> None:
    torn, whole = words(), words()
    CopyTable(torn).enter(key(0), "east", "eu", 7, 1.0, is_settled=False)
    CopyTable(whole).enter(key(1), "west", "us", 8, 2.0, is_settled=False)
    written = [place for place, word in enumerate(whole) if word]
    torn[written[-1]] = whole[written[-1]]
    assert CopyTable(torn).first(key(0), "east", "eu") is CopyTable(torn).first(key(1), "west", "us") is None
