"""What a person asks of the pool by signals."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from punctuald.policy.pool.by_hand import REPEATED_STOP_SECONDS, Shift, shifted, stop_counts

BOUNDS = {"min_workers": 2, "max_workers": 6}


def test_a_shift_adds_to_what_the_autoscaler_wants() -> None:
    assert shifted(3, 0, 1, **BOUNDS) == Shift(1)
    assert shifted(3, 1, -1, **BOUNDS) == Shift(0)
    assert shifted(3, 0, -1, **BOUNDS) == Shift(-1)


def test_a_shift_that_the_bounds_would_hide_is_not_kept() -> None:
    assert shifted(6, 0, 1, **BOUNDS) == Shift(0, "max_workers")
    assert shifted(2, 0, -1, **BOUNDS) == Shift(0, "min_workers")


def test_seventeen_shifts_up_are_undone_by_as_many_down_as_had_an_effect() -> None:
    offset = 0
    for _ in range(17):
        offset = shifted(3, offset, 1, **BOUNDS).offset
    assert offset == 3
    assert shifted(3, offset, -1, **BOUNDS) == Shift(2)


def test_a_shift_counts_from_the_workers_there_are_also_after_the_target_came_near_a_bound() -> None:
    assert shifted(6, 3, -1, **BOUNDS) == Shift(-1)
    assert shifted(2, -3, 1, **BOUNDS) == Shift(1)


@given(st.integers(2, 6), st.integers(-30, 30), st.sampled_from([-1, 1]))
def test_a_shift_moves_the_number_by_one_or_says_which_setting_does_not_allow_it(
    target: int, offset: int, by: int
) -> None:
    def bounded(wanted: int) -> int:
        return max(2, min(6, wanted))

    before, shift = bounded(target + offset), shifted(target, offset, by, **BOUNDS)
    assert 2 <= target + shift.offset <= 6
    assert target + shift.offset == bounded(before + by)
    assert (shift.limit is not None) == (bounded(before + by) == before)


def test_a_signal_that_comes_within_a_second_of_the_first_is_the_same_stop() -> None:
    assert stop_counts(None, 7.0)
    assert not stop_counts(7.0, 7.02)
    assert stop_counts(7.0, 7.0 + REPEATED_STOP_SECONDS)
