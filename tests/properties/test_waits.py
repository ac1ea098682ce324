"""Bounds that hold for every lease, back-off and intake, whatever comes in."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from punctuald.policy.intake import BATCH, LOOKAHEAD_LIMIT, capacity, next_wait_seconds, room
from punctuald.policy.lease import TOTAL_SECONDS, capped, visibility_seconds
from punctuald.policy.retry import backoff_seconds, error_backoff_seconds

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
    assert granted == 0 or held_seconds + granted < TOTAL_SECONDS


@given(st.integers(1, 500), st.none() | waits, st.floats(0, 60), st.integers(0, 1_000), st.integers(0, 500))
def test_what_is_asked_for_always_fits(
    slots: int, mean_seconds: float | None, lookahead_seconds: float, held: int, idle_slots: int
) -> None:
    most = capacity(slots, mean_seconds, lookahead_seconds)
    asked = room(most, held, idle_slots)

    assert slots <= most <= slots + LOOKAHEAD_LIMIT
    assert 0 <= asked <= BATCH
    assert asked == 0 or held + asked <= most


@given(st.integers(1, 500), st.integers(1, 500))
def test_an_idle_slot_with_room_always_asks(most: int, idle_slots: int) -> None:
    assert room(most, most - 1, idle_slots) == 1


@given(st.floats(0, 20), st.booleans(), st.floats(0, 20))
def test_no_poll_waits_beyond_its_limit(previous: float, was_empty: bool, limit: float) -> None:
    assert 0 <= next_wait_seconds(previous, was_empty, limit) <= limit
