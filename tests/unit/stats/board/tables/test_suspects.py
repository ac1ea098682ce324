from __future__ import annotations

from mmap import mmap

import pytest

from punctuald.stats.board.digest import message_digest
from punctuald.stats.board.tables import suspects as suspects_module
from punctuald.stats.board.tables.suspects import STALE_TURN_SECONDS, SUSPECTS, Suspects


def test_a_message_counts_one_death_for_each_worker_that_died_with_it_and_which_of_them_ran_nothing_else() -> None:
    suspects = Suspects()
    assert suspects.deaths("poison") == 0
    for alone in (False, True, True):
        suspects.add(message_digest("poison"), alone=alone)
    suspects.add(message_digest("bystander"), alone=False)
    names = ("poison", "bystander", "stranger")
    assert [(suspects.deaths(name), suspects.lone_deaths(name)) for name in names] == [(3, 2), (1, 0), (0, 0)]


def test_a_worker_sees_a_death_that_came_after_its_last_question() -> None:
    suspects = Suspects()
    suspects.add(message_digest("poison"), alone=True)
    assert suspects.deaths("poison") == 1
    suspects.add(message_digest("poison"), alone=True)
    assert suspects.deaths("poison") == 2


def test_what_is_cleared_is_as_though_it_had_never_been_a_suspect() -> None:
    suspects = Suspects()
    for name in ("bystander", "poison"):
        suspects.add(message_digest(name), alone=True)
    assert suspects.deaths("bystander") == 1
    suspects.clear(message_digest("bystander"))
    suspects.clear(message_digest("stranger"))
    assert [suspects.deaths(name) for name in ("bystander", "poison", "stranger")] == [0, 1, 0]
    suspects.add(message_digest("bystander"), alone=False)
    assert (suspects.deaths("bystander"), suspects.lone_deaths("bystander")) == (1, 0)


def test_a_full_table_forgets_the_suspect_that_was_entered_first() -> None:
    suspects = Suspects()
    for number in range(SUSPECTS + 1):
        suspects.add(message_digest(f"message {number}"), alone=False)
    assert suspects.deaths("message 0") == 0
    assert suspects.deaths("message 1") == suspects.deaths(f"message {SUSPECTS}") == 1


def test_no_suspect_is_forgotten_while_cleared_ones_have_left_room() -> None:
    suspects = Suspects()
    for number in range(SUSPECTS):
        suspects.add(message_digest(f"message {number}"), alone=False)
    suspects.clear(message_digest("message 100"))
    suspects.add(message_digest("a new one"), alone=False)
    assert [suspects.deaths(name) for name in ("message 0", "message 100", "a new one")] == [1, 0, 1]


def test_a_process_that_runs_wild_in_the_table_stops_nobody_from_writing_it(monkeypatch: pytest.MonkeyPatch) -> None:
    maps: list[mmap] = []

    def remembered(*arguments: int) -> mmap:
        maps.append(mmap(*arguments))
        return maps[-1]

    monkeypatch.setattr(suspects_module, "mmap", remembered)
    suspects = Suspects()
    suspects.add(message_digest("poison"), alone=True)
    maps[0][:] = b"\xff" * len(maps[0])
    for name in ("poison", "another"):
        suspects.add(message_digest(name), alone=False)
    suspects.clear(message_digest("another"))
    suspects.forget_turn(11)
    assert (suspects.deaths("poison"), suspects.lone_deaths("poison"), suspects.deaths("another")) == (2, 1, 0)


def test_one_worker_at_a_time_has_the_turn_to_run_a_suspect_alone() -> None:
    suspects = Suspects()
    first, second = suspects.turn(11), suspects.turn(12)
    assert [turn.take(1.0) for turn in (first, second, first, second)] == [False, False, True, False]
    first.leave()
    assert [turn.take(1.1) for turn in (second, first, second)] == [False, False, True]
    first.leave()  # which is not its own
    assert second.take(1.2)


def test_a_turn_that_its_worker_says_nothing_of_any_more_is_free() -> None:
    suspects = Suspects()
    gone, other = suspects.turn(11), suspects.turn(12)
    gone.take(1.0)
    assert gone.take(1.0)
    assert not other.take(1.0 + STALE_TURN_SECONDS)
    assert not other.take(1.5 + STALE_TURN_SECONDS)  # now it has asked for it
    assert other.take(1.6 + STALE_TURN_SECONDS)
    assert not gone.take(1.7 + STALE_TURN_SECONDS)
