"""How many clients are let in."""

from __future__ import annotations

from punctuald.policy.clients.admission import MOST_CONNECTIONS, MOST_PER_SECOND, Admission, Excess

LATER = 1000.0


def test_so_many_are_let_in_at_once_and_so_many_more_in_each_second() -> None:
    admission = Admission(0.0)
    assert [admission.excess(0, 0.0) for _ in range(MOST_PER_SECOND)] == [None] * MOST_PER_SECOND
    assert admission.excess(0, 0.0) is Excess.RATE
    seconds = [number / (4 * MOST_PER_SECOND) for number in range(1, 40 * MOST_PER_SECOND + 1)]
    let_in = sum(admission.excess(0, second) is None for second in seconds)
    assert abs(let_in - 10 * MOST_PER_SECOND) <= 1


def test_after_a_quiet_time_there_are_no_more_than_after_a_second() -> None:
    admission = Admission(0.0)
    let_in = sum(admission.excess(0, LATER) is None for _ in range(3 * MOST_PER_SECOND))
    assert let_in == MOST_PER_SECOND


def test_who_is_refused_for_the_connections_that_there_are_takes_nobody_elses_turn() -> None:
    admission = Admission(0.0)
    for _ in range(2 * MOST_PER_SECOND):
        assert admission.excess(MOST_CONNECTIONS, 0.0) is Excess.CONNECTIONS
    assert admission.excess(MOST_CONNECTIONS - 1, 0.0) is None
