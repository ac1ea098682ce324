from __future__ import annotations

from punctuald.stats.board.board import Board
from punctuald.stats.board.digest import message_digest
from punctuald.stats.board.layout import SUSPECTS, Layout

LAYOUT = Layout(queues=("orders",), tiers=("peak",), handler_slots=1, workers=1)


def test_a_message_counts_one_death_for_each_worker_that_died_with_it() -> None:
    suspects = Board(LAYOUT).suspects
    assert suspects.deaths("poison") == 0
    assert [suspects.add(message_digest("poison")) for _ in range(3)] == [1, 2, 3]
    suspects.add(message_digest("bystander"))
    assert [suspects.deaths(name) for name in ("poison", "bystander", "stranger")] == [3, 1, 0]


def test_a_worker_sees_a_death_that_came_after_its_last_question() -> None:
    suspects = Board(LAYOUT).suspects
    suspects.add(message_digest("poison"))
    assert suspects.deaths("poison") == 1
    suspects.add(message_digest("poison"))
    assert suspects.deaths("poison") == 2


def test_a_full_table_forgets_the_suspect_that_was_entered_first() -> None:
    suspects = Board(LAYOUT).suspects
    for number in range(SUSPECTS + 1):
        suspects.add(message_digest(f"message {number}"))
    assert suspects.deaths("message 0") == 0
    assert suspects.deaths("message 1") == suspects.deaths(f"message {SUSPECTS}") == 1
