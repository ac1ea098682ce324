"""Which of what is ready can still be run before a stop's time is over."""

from __future__ import annotations

from math import inf

import pytest

from punctuald.policy.delivery.drain import startable


@pytest.mark.parametrize(
    ("mean_service_seconds", "seconds_left", "most"),
    [(1.0, 30.0, 120), (7.0, 30.0, 16), (30.0, 30.0, 4), (31.0, 30.0, 0), (None, 30.0, inf), (0.0, 30.0, inf)],
)
def test_what_can_not_end_in_time_is_not_begun(
    mean_service_seconds: float | None, seconds_left: float, most: float
) -> None:
    assert startable(4, mean_service_seconds, seconds_left) == most


@pytest.mark.parametrize("mean_service_seconds", [None, 1e-6, 1.0])
@pytest.mark.parametrize("seconds_left", [0.0, -0.001, -60.0])
def test_when_the_time_is_over_nothing_is(mean_service_seconds: float | None, seconds_left: float) -> None:
    assert startable(4, mean_service_seconds, seconds_left) == 0


def test_a_mean_that_is_hardly_more_than_nothing_is_no_error() -> None:
    assert startable(4, 5e-324, 30.0) == inf
