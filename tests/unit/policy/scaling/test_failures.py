"""Whether too many handlers fail, and not by chance."""

from __future__ import annotations

from math import comb

import pytest

from punctuald.policy.scaling.failures import CHANCE, Outcomes, at_least_probability


@pytest.mark.parametrize(("failed", "ended"), [(1, 1), (2, 2), (3, 5), (2, 19), (5, 20), (60, 1_000)])
def test_a_few_failures_more_than_the_limit_may_be_chance(failed: int, ended: int) -> None:
    assert not Outcomes(failed, ended).surely_above(0.05)


@pytest.mark.parametrize(("failed", "ended"), [(3, 3), (4, 6), (6, 19), (6, 20), (75, 1_000), (7_100, 100_000)])
def test_so_many_failures_are_no_chance(failed: int, ended: int) -> None:
    assert Outcomes(failed, ended).surely_above(0.05)


@pytest.mark.parametrize(("failed", "ended", "limit"), [(0, 0, 0.05), (50, 1_000, 0.05), (1_000, 1_000, 1.0)])
def test_what_the_owner_bears_is_no_failure(failed: int, ended: int, limit: float) -> None:
    assert not Outcomes(failed, ended).surely_above(limit)


def test_who_bears_no_failure_sees_each() -> None:
    assert Outcomes(1, 1_000_000).surely_above(0.0)


@pytest.mark.parametrize(("failed", "ended", "share"), [(1, 1, 0.05), (6, 20, 0.05), (9, 40, 0.2), (40, 40, 0.9)])
def test_the_probability_is_the_binomial_distributions(failed: int, ended: int, share: float) -> None:
    exact = sum(comb(ended, k) * share**k * (1 - share) ** (ended - k) for k in range(failed, ended + 1))

    assert at_least_probability(failed, ended, share) == pytest.approx(exact, rel=1e-6)


def test_a_pool_that_fails_as_often_as_it_may_is_taken_for_worse_in_one_window_of_a_thousand() -> None:
    limit, ended = 0.05, 400
    alarm = next(failed for failed in range(ended) if Outcomes(failed, ended).surely_above(limit))

    assert CHANCE / 10 < at_least_probability(alarm, ended, limit) < CHANCE


def test_where_none_ended_there_is_no_share() -> None:
    assert Outcomes().share is None
    assert Outcomes(1, 4).share == 0.25
