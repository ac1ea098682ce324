"""Never more in hand than can soon start, and receives that are worth their price."""

from __future__ import annotations

import pytest

from punctuald.policy.intake import (
    IDLE_PAUSE_SECONDS,
    capacity,
    next_wait_seconds,
    pause_seconds,
    room,
    run_length,
    slots_to_wake,
    worth_another_receiver,
    worth_self_service,
)


@pytest.mark.parametrize(
    ("mean_service_seconds", "most"), [(None, 4), (60.0, 4), (1.0, 4), (0.2, 8), (0.05, 20), (0.001, 44), (0.0, 44)]
)
def test_the_look_ahead_is_measured_in_time(mean_service_seconds: float | None, most: int) -> None:
    assert capacity(4, mean_service_seconds, 0.2) == most


def test_without_look_ahead_there_is_one_message_per_slot() -> None:
    assert capacity(4, 0.01, 0.0) == 4


def test_an_idle_slot_asks_for_whatever_there_is_room_for() -> None:
    assert room(capacity=4, held=3, idle_slots=1) == 1
    assert room(capacity=4, held=0, idle_slots=4) == 4
    assert room(capacity=44, held=0, idle_slots=4) == 10


def test_while_all_slots_have_work_receives_come_in_tens() -> None:
    assert room(capacity=44, held=35, idle_slots=0) == 0
    assert room(capacity=44, held=34, idle_slots=0) == 10


def test_a_small_look_ahead_is_refilled_by_half_the_capacity() -> None:
    assert [room(capacity=8, held=held, idle_slots=0) for held in (8, 7, 5, 4)] == [0, 0, 0, 4]


def test_a_full_worker_asks_for_nothing() -> None:
    assert room(capacity=4, held=4, idle_slots=1) == 0
    assert room(capacity=4, held=9, idle_slots=1) == 0


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


def test_one_slot_is_woken_for_quick_messages_and_one_each_for_slow_or_unknown_ones() -> None:
    assert [slots_to_wake(10, mean) for mean in (0.00001, 0.001, None)] == [1, 10, 10]
    assert slots_to_wake(0, 0.00001) == 0


@pytest.mark.parametrize(
    ("brought", "call_seconds", "idle_slots", "worth"),
    [(10, 0.01, 2, True), (9, 0.01, 2, False), (10, 0.001, 2, False), (10, 0.01, 0, False)],
)
def test_another_receiver_is_worth_it_where_full_but_slow_calls_leave_slots_idle(
    brought: int, call_seconds: float, idle_slots: int, worth: bool
) -> None:
    assert worth_another_receiver(brought, call_seconds, idle_slots) is worth


def test_a_days_idle_polls_are_4320_at_most_though_each_is_answered_40_milliseconds_early() -> None:
    assert 86_400 / (20 - 0.04 + IDLE_PAUSE_SECONDS) <= 4_320


def test_a_slot_takes_at_once_what_it_does_within_a_millisecond_and_at_most_ten() -> None:
    assert [run_length(mean) for mean in (None, 0.0, 0.00001, 0.0001, 0.0003, 0.001, 1.0)] == [1, 1, 10, 10, 3, 1, 1]


@pytest.mark.parametrize(
    ("brought", "call_seconds", "mean_service_seconds", "worth"),
    [
        (10, 0.001, 0.00001, True),
        (10, 0.001, 0.0001, True),  # ten of them in a millisecond: what a slot takes at once
        (9, 0.001, 0.00001, False),
        (10, 0.003, 0.00001, False),
        (10, 0.001, 0.00011, False),
        (10, 0.001, None, False),
    ],
)
def test_slots_fetch_for_themselves_only_where_tens_come_quickly_and_are_handled_quickly(
    brought: int, call_seconds: float, mean_service_seconds: float | None, worth: bool
) -> None:
    assert worth_self_service(brought, call_seconds, mean_service_seconds) is worth


@pytest.mark.parametrize("call_seconds", [0.0, 0.0029, 0.003, 0.01])
def test_slots_never_fetch_for_themselves_where_several_calls_have_to_be_under_way(call_seconds: float) -> None:
    another = worth_another_receiver(10, call_seconds, idle_slots=1)
    assert worth_self_service(10, call_seconds, 0.00001) is not another
