"""Clients that are thrown out again and again wait longer and longer."""

from __future__ import annotations

from punctuald.policy.receive.renewals import FORGOTTEN_SECONDS, LONGEST_SECONDS, Renewals


def test_each_client_that_is_thrown_out_has_a_successor_later_than_the_one_before() -> None:
    renewals = Renewals()
    waits = [renewals.useless(10.0 * number) for number in range(7)]
    assert waits == [1, 2, 4, 8, 16, LONGEST_SECONDS, LONGEST_SECONDS]


def test_the_wait_is_over_when_it_is_over() -> None:
    renewals = Renewals()
    assert renewals.remaining_seconds(5.0) == 0
    renewals.useless(5.0)
    assert (renewals.remaining_seconds(5.25), renewals.remaining_seconds(7.0)) == (0.75, 0)


def test_after_a_long_peace_the_first_wait_is_short_again() -> None:
    renewals = Renewals()
    for _ in range(5):
        renewals.useless(100.0)
    assert renewals.useless(101.0 + FORGOTTEN_SECONDS) == 1
