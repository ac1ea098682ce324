"""How many records are asked for: never more than there is room for, and never none."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from punctuald.policy.receive.read_limit import LARGEST_LIMIT, ReadLimit, after_read, after_time_out, records_for

ROOM = st.integers(1, 100_000)
LIMITS = st.builds(ReadLimit, st.integers(1, LARGEST_LIMIT), st.floats(1, 5_000))


@given(LIMITS, ROOM)
def test_at_least_one_and_no_more_than_there_is_room_for(limit: ReadLimit, room: int) -> None:
    asked = records_for(limit, room)
    assert 1 <= asked <= LARGEST_LIMIT
    assert asked == 1 or asked * limit.messages_each <= room


@given(LIMITS, ROOM)
def test_a_time_out_halves_what_is_asked_for(limit: ReadLimit, room: int) -> None:
    asked = records_for(limit, room)
    assert records_for(after_time_out(limit, asked), room) == max(1, asked // 2)


@given(LIMITS)
def test_good_answers_bring_it_back(limit: ReadLimit) -> None:
    for _ in range(250):
        limit = after_read(limit, 1, 1)
    assert limit == ReadLimit()


@given(LIMITS, st.integers(1, 100), st.integers(0, 100))
def test_what_the_last_answer_packed_is_what_the_next_one_is_reckoned_with(
    limit: ReadLimit, records: int, packed: int
) -> None:
    assert after_read(limit, records, records * packed).messages_each == max(1, packed)
    assert after_read(limit, 0, 0) == limit
