"""What a person asks of the pool."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from punctuald.policy.pool.by_hand import REPEATED_STOP_SECONDS, Scaled, scaled, stop_counts

BOUNDS = {"min_workers": 2, "max_workers": 6}


def test_a_person_gets_the_workers_that_they_ask_for() -> None:
    assert scaled(4, **BOUNDS) == Scaled(4)


def test_auto_gives_the_pool_back_to_the_autoscaler() -> None:
    assert scaled(None, **BOUNDS) == Scaled(None)


def test_a_number_beyond_a_bound_is_cut_and_the_setting_named() -> None:
    assert scaled(7, **BOUNDS) == Scaled(6, "max_workers")
    assert scaled(0, **BOUNDS) == Scaled(2, "min_workers")


@given(st.integers(0, 1_000_000), st.integers(0, 50), st.integers(0, 50))
def test_what_is_kept_is_the_nearest_number_within_the_bounds(asked: int, least: int, more: int) -> None:
    got = scaled(asked, min_workers=least, max_workers=least + more)
    assert got.workers == min(max(asked, least), least + more)
    assert (got.limit is None) == (got.workers == asked)


def test_a_signal_that_comes_within_a_second_of_the_first_is_the_same_stop() -> None:
    assert stop_counts(None, 7.0)
    assert not stop_counts(7.0, 7.02)
    assert stop_counts(7.0, 7.0 + REPEATED_STOP_SECONDS)
