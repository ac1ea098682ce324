"""How much of a stream waits, by what its workers say: what nobody says is never nothing."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from punctuald.model import StreamLag
from punctuald.policy.receive.stream_backlog import leases_to_read, stream_records


def lag(records: int, held: int, leases: int = 4) -> StreamLag:
    return StreamLag(records, 0.0, held, leases)


def test_workers_that_hold_all_leases_are_added_up() -> None:
    assert stream_records([lag(30, 3), lag(12, 1)]) == 42


def test_shards_that_nobody_speaks_for_count_as_the_others_on_average() -> None:
    assert stream_records([lag(30, 3), None]) == 40
    assert stream_records([lag(30, 2)]) == 60


def test_where_nobody_says_anything_it_is_not_known() -> None:
    assert stream_records([]) is None
    assert stream_records([None, None]) is None


def test_a_worker_without_leases_beside_one_that_says_nothing_does_not_make_it_nothing() -> None:
    assert stream_records([lag(0, 0), None]) is None


def test_workers_that_all_say_that_others_hold_every_lease_have_nothing_to_do() -> None:
    assert stream_records([lag(0, 0), lag(0, 0)]) == 0


def test_while_a_lease_changes_hands_both_may_count_it() -> None:
    assert stream_records([lag(30, 3), lag(20, 2)]) == 50


def test_there_are_as_many_leases_as_the_one_says_who_sees_most() -> None:
    assert leases_to_read([lag(0, 1, 2), lag(0, 1, 8)]) == 8
    assert leases_to_read([]) is None


LAGS = st.builds(lag, st.integers(0, 10**9), st.integers(0, 50), st.integers(0, 50))


@given(st.lists(st.one_of(st.none(), LAGS), max_size=6))
def test_it_is_never_less_than_what_those_count_who_say_it(said: list[StreamLag | None]) -> None:
    records = stream_records(said)
    counted = sum(each.records for each in said if each is not None and each.held)
    assert records is None or records >= counted or not any(each and each.held for each in said)
