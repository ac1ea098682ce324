"""What a handler asked for is known to whichever worker gets the message next."""

from __future__ import annotations

from uuid import UUID

from punctuald.policy.delivery.due_time import AskedDue
from punctuald.stats.board.board import Board
from punctuald.stats.board.layout import WORD_BYTES, Layout, Words
from punctuald.stats.board.tables.due_table import BUCKETS, DUE_TABLE_WORDS, WAYS, DueTable

LAYOUT = Layout(queues=("orders",), tiers=("only",), handler_slots=1, workers=2)
LATER = AskedDue(1_700_000_000.125, has_run=True)


def words() -> Words:
    return memoryview(bytearray(DUE_TABLE_WORDS * WORD_BYTES)).cast("Q")


def test_the_last_due_time_of_a_message_is_found_and_others_have_none() -> None:
    table = DueTable(words())
    table.enter("a", LATER)
    table.enter("a", AskedDue(1_700_000_060.5, has_run=False))
    assert table.asked_of("a") == (1_700_000_060.5, False)
    assert table.asked_of("b") is None


def test_each_process_sees_what_another_one_entered() -> None:
    shared = words()
    DueTable(shared).enter("a", LATER)
    assert DueTable(shared).asked_of("a") == LATER


def test_the_table_outlives_a_reload_that_changes_the_boards_layout() -> None:
    before = Board(LAYOUT)
    before.tables.due_table.enter("a", LATER)
    after = Board(Layout(queues=("orders", "bills"), tiers=("only",), handler_slots=4, workers=8), before.tables)
    assert after.tables.due_table.asked_of("a") == LATER


def test_of_more_than_it_has_room_for_those_that_were_due_first_are_forgotten() -> None:
    table = DueTable(words())
    same_bucket = [str(UUID(int=1 + BUCKETS * number)) for number in range(WAYS + 2)]
    for number, message_id in enumerate(same_bucket):
        table.enter(message_id, AskedDue(LATER.utc + number, has_run=True))
    assert [table.asked_of(message_id) is not None for message_id in same_bucket] == [False] * 2 + [True] * WAYS


def test_an_entry_that_two_processes_wrote_at_once_is_nobodys() -> None:
    torn, whole = words(), words()
    DueTable(torn).enter(str(UUID(int=1)), LATER)
    DueTable(whole).enter(str(UUID(int=1 + BUCKETS)), AskedDue(LATER.utc + 9, has_run=True))
    _, _, second = (place for place, word in enumerate(whole) if word)
    torn[second] = whole[second]
    assert DueTable(torn).asked_of(str(UUID(int=1))) is None
    assert DueTable(torn).asked_of(str(UUID(int=1 + BUCKETS))) is None


def test_many_are_remembered_at_once() -> None:
    table = DueTable(words())
    ids = [f"message {number}" for number in range(1_000)]
    for message_id in ids:
        table.enter(message_id, LATER)
    known = sum(table.asked_of(message_id) == LATER for message_id in ids)
    assert known > 950
