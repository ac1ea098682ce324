"""Never more in flight than can soon start, and receives that are worth their price."""

from __future__ import annotations

import pytest

from punctuald.policy.receive.prefetch import (
    IDLE_PAUSE_SECONDS,
    MOST_UNDER_WAY,
    ONE,
    Receives,
    after_answer,
    budget,
    drainable,
    next_wait_seconds,
    pause_seconds,
    room,
)


@pytest.mark.parametrize(
    ("mean_service_seconds", "most"), [(None, 4), (60.0, 4), (1.0, 4), (0.2, 8), (0.05, 20), (0.002, 404), (0.0, 500)]
)
def test_the_look_ahead_is_measured_in_time_and_bounded_by_number(
    mean_service_seconds: float | None, most: int
) -> None:
    assert budget(4, mean_service_seconds, 0.2, 0.0, 500) == most


def test_without_look_ahead_there_is_one_message_per_slot() -> None:
    assert budget(4, 0.01, 0.0, 0.0, 500) == 4


def test_where_receives_take_long_the_look_ahead_covers_two_of_them() -> None:
    assert [budget(4, 0.1, 0.2, receive_seconds, 500) for receive_seconds in (0.02, 0.1, 0.5)] == [12, 12, 44]


def test_one_message_a_slot_is_had_however_small_the_limit() -> None:
    assert [budget(256, mean, 0.2, 0.0, 100) for mean in (None, 10.0, 0.0)] == [256] * 3


def ask(budget_: int, held: int, *, slot_is_idle: bool = False) -> int:
    return room(budget_, held, slot_is_idle=slot_is_idle, largest_receive=10)


def test_an_idle_slot_asks_for_whatever_there_is_room_for() -> None:
    assert [ask(most, held, slot_is_idle=True) for most, held in ((4, 3), (4, 0), (44, 0))] == [1, 4, 10]


def test_while_all_slots_have_work_receives_come_in_tens() -> None:
    assert [ask(44, held) for held in (35, 34, 0)] == [0, 10, 10]


def test_a_small_look_ahead_is_refilled_by_half_the_budget() -> None:
    assert [ask(8, held) for held in (8, 7, 5, 4)] == [0, 0, 0, 4]


def test_a_full_worker_asks_for_nothing() -> None:
    assert [ask(4, held, slot_is_idle=True) for held in (4, 9)] == [0, 0]


@pytest.mark.parametrize(
    ("p99_seconds", "most"), [(None, 4), (0.0, 4), (0.1, 1_200), (10.0, 12), (20.0, 4), (31.0, 4), (600.0, 4)]
)
def test_of_what_comes_only_once_no_more_is_held_than_a_stop_finishes(p99_seconds: float | None, most: int) -> None:
    assert drainable(4, p99_seconds, 30.0) == most


def after(*answers: int, receives: Receives = ONE, slot_is_idle: bool = True) -> int:
    """How many receives may be under way after these answers."""
    for brought in answers:
        receives = after_answer(receives, brought, largest_receive=10, slot_is_idle=slot_is_idle)
    return receives.allowed


def test_one_receive_more_is_allowed_after_each_round_of_full_ones() -> None:
    assert [after(*[10] * answers) for answers in (1, 2, 3, 5, 6)] == [2, 2, 3, 3, 4]


def test_no_receive_more_is_allowed_while_every_slot_has_work() -> None:
    assert after(*[10] * 50, slot_is_idle=False) == 1


def test_a_slot_that_was_idle_at_any_answer_of_a_round_is_reason_enough() -> None:
    halfway = after_answer(Receives(2), 10, largest_receive=10, slot_is_idle=True)
    assert after_answer(halfway, 10, largest_receive=10, slot_is_idle=False).allowed == 3


def test_there_is_a_most() -> None:
    assert after(*[10] * 1_000) == MOST_UNDER_WAY


def test_a_short_answer_halves_them_and_an_empty_one_goes_back_to_one() -> None:
    assert [after(brought, receives=Receives(9)) for brought in (9, 1, 0)] == [4, 4, 1]
    assert after(9, receives=ONE) == 1


def test_polls_are_short_under_traffic_and_long_when_idle() -> None:
    waits = [next_wait_seconds(20, was_empty=False, limit=20)]
    waits.extend(next_wait_seconds(wait, was_empty=True, limit=20) for wait in (2, 4, 8, 16, 20))

    assert waits == [2, 4, 8, 16, 20, 20]


def test_the_configured_wait_is_never_exceeded() -> None:
    assert next_wait_seconds(1, was_empty=False, limit=1) == 1
    assert next_wait_seconds(0, was_empty=True, limit=0) == 0


def test_a_first_poll_without_wait_leads_to_the_short_one() -> None:
    assert next_wait_seconds(0, was_empty=True, limit=20) == 2


def test_only_empty_polls_of_full_length_are_followed_by_a_pause() -> None:
    assert [pause_seconds(waited, waited, 20) for waited in (0, 2, 16, 20)] == [0, 0, 0, IDLE_PAUSE_SECONDS]


def test_an_empty_answer_that_came_far_too_soon_is_followed_by_a_short_pause() -> None:
    assert [pause_seconds(10, call_seconds, 20) for call_seconds in (0.001, 0.9, 1.0, 10)] == [0.01, 0.01, 0, 0]


def test_a_days_idle_polls_are_4320_at_most_though_each_is_answered_40_milliseconds_early() -> None:
    assert 86_400 / (20 - 0.04 + IDLE_PAUSE_SECONDS) <= 4_320
