"""How long a message may wait and still be on time."""

from __future__ import annotations

from dataclasses import replace

import pytest

from doubles.scaling.observations import CALM
from punctuald.policy.scaling.slack import slack_seconds

BATCH = replace(CALM, threshold_seconds=60.0, next_threshold_seconds=3.0)


def test_the_slack_is_what_the_slowest_handlers_leave() -> None:
    assert slack_seconds(CALM, service_seconds=0.1) == 2.5


def test_until_the_slowest_are_known_they_are_taken_to_be_five_times_the_mean() -> None:
    assert slack_seconds(replace(CALM, service_p995_seconds=None), service_seconds=0.1) == 2.5


def test_a_few_slow_handlers_leave_half_of_what_the_mean_does() -> None:
    assert slack_seconds(replace(CALM, service_p995_seconds=30.0), service_seconds=1.0) == 1.0


def test_what_is_late_whatever_we_do_has_a_tenth_of_the_threshold() -> None:
    assert slack_seconds(replace(CALM, service_p995_seconds=30.0), service_seconds=20.0) == pytest.approx(0.3)


@pytest.mark.parametrize(
    ("seconds_to_edge", "slack"),
    [
        (600.0, 59.5),  # far away
        (57.0, 2.5 + 28.0),  # half a second for each that is left, less the one that a start takes
        (21.0, 2.5 + 10.0),
        (1.0, 2.5),
        (0.0, 2.5),
    ],
)
def test_the_slack_shrinks_in_time_before_a_tighter_tier(seconds_to_edge: float, slack: float) -> None:
    assert slack_seconds(replace(BATCH, seconds_to_next_edge=seconds_to_edge), service_seconds=0.1) == slack


def test_slow_starts_are_ordered_earlier_before_a_tighter_tier() -> None:
    slow = replace(BATCH, seconds_to_next_edge=21.0, start_seconds=11.0)

    assert slack_seconds(slow, service_seconds=0.1) == 7.5


def test_the_slack_does_not_grow_before_a_wider_tier() -> None:
    peak = replace(CALM, next_threshold_seconds=60.0, seconds_to_next_edge=0.5)

    assert slack_seconds(peak, service_seconds=0.1) == 2.5


def test_a_tier_that_holds_for_good_has_its_own_slack() -> None:
    assert slack_seconds(replace(BATCH, next_threshold_seconds=None), service_seconds=0.1) == 59.5
