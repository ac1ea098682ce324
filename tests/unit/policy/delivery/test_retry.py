"""Back-off of messages and of sources."""

from __future__ import annotations

import pytest

from punctuald.policy.delivery.retry import (
    IN_PLACE_LEAST_SECONDS,
    backoff_seconds,
    error_backoff_seconds,
    in_place_seconds,
    tried_seconds,
)


@pytest.mark.parametrize(("receive_count", "longest"), [(0, 4), (1, 4), (2, 8), (3, 16), (8, 500), (10_000, 500)])
def test_a_message_waits_twice_as_long_each_time_up_to_its_maximum(receive_count: int, longest: int) -> None:
    assert backoff_seconds(receive_count, 4, 500, jitter=1.0) == longest


def test_half_of_a_message_s_wait_is_certain() -> None:
    assert backoff_seconds(3, 4, 500, jitter=0.0) == 8
    assert backoff_seconds(3, 4, 500, jitter=0.5) == 12


def test_no_wait_is_longer_than_sqs_allows() -> None:
    assert backoff_seconds(40, 60, 1e9, jitter=1.0) == 43_200


def test_without_an_initial_wait_a_message_comes_back_at_once() -> None:
    assert backoff_seconds(5, 0, 900, jitter=1.0) == 0


@pytest.mark.parametrize(("tries", "seconds"), [(1, 0), (2, 4), (5, 60), (9, 1_008), (1_000_009, 500_001_008)])
def test_all_waits_of_a_message_add_up(tries: int, seconds: float) -> None:
    assert tried_seconds(tries, 4, 500, jitter=1.0) == seconds


@pytest.mark.parametrize(("errors", "longest"), [(0, 0.1), (1, 0.2), (2, 0.4), (7, 12.8), (8, 20.0), (100_000, 20.0)])
def test_a_failing_source_is_asked_ever_more_rarely_up_to_20_seconds(errors: int, longest: float) -> None:
    assert error_backoff_seconds(errors, jitter=1.0) == pytest.approx(longest)


def test_a_failing_source_is_never_asked_without_any_pause() -> None:
    assert error_backoff_seconds(8, jitter=0.0) == 0.1


@pytest.mark.parametrize(("wanted", "waited"), [(0.0, IN_PLACE_LEAST_SECONDS), (0.05, 0.1), (0.5, 0.5), (900.0, 900.0)])
def test_nothing_is_tried_again_in_place_as_fast_as_it_fails(wanted: float, waited: float) -> None:
    assert in_place_seconds(wanted) == waited
