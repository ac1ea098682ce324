"""Bounds that hold for every lease, back-off and receive, whatever comes in."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from punctuald.policy.delivery.lease import LONGEST_LEASE_SECONDS, capped, visibility_seconds
from punctuald.policy.delivery.retry import backoff_seconds, error_backoff_seconds
from punctuald.policy.receive.prefetch import (
    MOST_UNDER_WAY,
    ONE,
    after_answer,
    budget,
    drainable,
    next_wait_seconds,
    room,
)

jitters = st.floats(0, 1)
waits = st.floats(0, 1e9)


@given(st.integers(0, 10**9), waits, waits, jitters)
def test_a_message_comes_back_within_what_sqs_allows(count: int, initial: float, longest: float, jitter: float) -> None:
    assert 0 <= backoff_seconds(count, initial, longest, jitter) <= min(43_200, longest + 0.5)


@given(st.integers(0, 10**9), jitters)
def test_a_failing_source_is_asked_again_within_20_seconds(errors: int, jitter: float) -> None:
    assert 0.1 <= error_backoff_seconds(errors, jitter) <= 20


@given(st.none() | waits)
def test_an_automatic_visibility_is_one_that_can_be_renewed_in_time(p99_seconds: float | None) -> None:
    assert 10 <= visibility_seconds(p99_seconds, "auto") <= 900


@given(st.integers(0, 43_200), st.floats(0, 1e6))
def test_no_lease_reaches_beyond_twelve_hours(lease_seconds: int, held_seconds: float) -> None:
    granted = capped(lease_seconds, 1_000.0, 1_000.0 + held_seconds)

    assert 0 <= granted <= lease_seconds
    assert granted == 0 or held_seconds + granted < LONGEST_LEASE_SECONDS


@given(
    slots=st.integers(1, 4096),
    mean_seconds=st.none() | waits,
    lookahead_seconds=st.floats(0, 60),
    receive_seconds=st.floats(0, 60),
    limit=st.integers(1, 10_000),
    held=st.integers(0, 20_000),
    slot_is_idle=st.booleans(),
    largest_receive=st.sampled_from([1, 10, 500]),
)
def test_what_is_asked_for_always_fits(
    slots: int,
    mean_seconds: float | None,
    lookahead_seconds: float,
    receive_seconds: float,
    limit: int,
    held: int,
    slot_is_idle: bool,
    largest_receive: int,
) -> None:
    most = budget(slots, mean_seconds, lookahead_seconds, receive_seconds, limit)
    asked = room(most, held, slot_is_idle=slot_is_idle, largest_receive=largest_receive)

    assert slots <= most <= max(slots, limit)
    assert 0 <= asked <= largest_receive
    assert asked == 0 or held + asked <= most


@given(st.integers(1, 500), st.sampled_from([1, 10, 500]))
def test_an_idle_slot_with_room_always_asks(most: int, largest_receive: int) -> None:
    assert room(most, most - 1, slot_is_idle=True, largest_receive=largest_receive) == 1


@given(st.integers(1, 500), st.sampled_from([1, 10, 500]))
def test_with_nothing_in_hand_there_is_always_something_to_ask_for(most: int, largest_receive: int) -> None:
    assert room(most, 0, slot_is_idle=False, largest_receive=largest_receive) >= 1


@given(st.integers(1, 4096), st.none() | waits, st.floats(0, 43_200))
def test_what_a_stop_must_finish_is_never_more_than_it_can_and_one_a_slot_at_least(
    slots: int, p99_seconds: float | None, drain_seconds: float
) -> None:
    most = drainable(slots, p99_seconds, drain_seconds)

    assert most >= slots
    assert most == slots or (most / slots) * (p99_seconds or 0) <= drain_seconds * 1.000001


@given(st.lists(st.tuples(st.integers(0, 10), st.booleans()), max_size=200))
def test_receives_under_way_grow_by_one_at_a_time_and_only_by_full_answers(answers: list[tuple[int, bool]]) -> None:
    receives = ONE
    for brought, slot_is_idle in answers:
        before = receives.allowed
        receives = after_answer(receives, brought, largest_receive=10, slot_is_idle=slot_is_idle)
        assert 1 <= receives.allowed <= MOST_UNDER_WAY
        assert receives.allowed <= before + 1
        assert brought == 10 or receives.allowed <= before
        assert brought > 0 or receives == ONE


@given(st.floats(0, 20), st.booleans(), st.floats(0, 20))
def test_no_poll_waits_beyond_its_limit(previous: float, was_empty: bool, limit: float) -> None:
    assert 0 <= next_wait_seconds(previous, was_empty, limit) <= limit
