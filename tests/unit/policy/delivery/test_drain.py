"""Which of what is ready can still be run before a stop's time is over."""

from __future__ import annotations

import pytest

from punctuald.policy.delivery.drain import Waiting, end_in_time


@pytest.mark.parametrize(
    ("service_seconds", "seconds_left", "most"),
    [(1.0, 30.0, 120), (7.0, 30.0, 16), (30.0, 30.0, 4), (31.0, 30.0, 0), (None, 30.0, 500), (5e-324, 30.0, 500)],
)
def test_what_can_not_end_in_time_is_not_begun(service_seconds: float | None, seconds_left: float, most: int) -> None:
    fit = end_in_time(4, [Waiting(0, service_seconds)] * 500, seconds_left)
    assert fit == [True] * most + [False] * (500 - most)


@pytest.mark.parametrize("service_seconds", [None, 1e-6, 1.0])
@pytest.mark.parametrize("seconds_left", [0.0, -0.001, -60.0])
def test_when_the_time_is_over_nothing_is(service_seconds: float | None, seconds_left: float) -> None:
    assert end_in_time(4, [Waiting(0, service_seconds)] * 2, seconds_left) == [False, False]


def test_a_batch_handler_takes_as_many_at_a_call_as_it_wants() -> None:
    assert end_in_time(1, [Waiting(0, 4.0, 10)] * 25, 9.0) == [True] * 20 + [False] * 5


def test_each_queue_is_reckoned_by_its_own_handler() -> None:
    quick, slow = Waiting(0, 1.0), Waiting(1, 20.0)
    assert end_in_time(1, [slow, quick, quick, slow, quick], 2.0) == [False, True, True, False, False]
    assert end_in_time(2, [slow, quick, slow], 20.0) == [True, True, False]


def test_a_call_that_has_room_left_is_filled_by_its_own_queue_only() -> None:
    batch, other = Waiting(0, 4.0, 3), Waiting(1, 4.0)
    assert end_in_time(1, [batch, other, batch, batch, batch], 4.0) == [True, False, True, True, False]
