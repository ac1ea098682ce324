"""How much a worker may have here of a queue with limits, and what regions share."""

from __future__ import annotations

import pytest

from punctuald.clock import ManualClock
from punctuald.delivery.limits.held_part import Ahead, HeldPart
from punctuald.delivery.limits.start_limit import StartLimit
from punctuald.policy.limits.division import ALL_PLACES, Part
from punctuald.policy.limits.queue_limits import NO_LIMITS, QueueLimits

AHEAD = Ahead(most=500, seconds=0.2, mean_service_seconds=0.1)


@pytest.fixture
def part() -> HeldPart:
    return HeldPart(ManualClock(), "orders", NO_LIMITS)


def test_without_a_part_nothing_is_asked_for(part: HeldPart) -> None:
    part.take(Part(0))
    assert part.askable(AHEAD) == 0


def test_without_a_part_a_log_shows_with_one_record_that_there_are_some(part: HeldPart) -> None:
    part.take(Part(0))
    here = [0]
    part.here.append(lambda: here[0])
    assert part.askable(AHEAD._replace(shows_need=True)) == 1
    here[0] = 1
    assert part.askable(AHEAD._replace(shows_need=True)) == 0


def test_a_second_of_the_rate_is_here_at_most_and_more_is_asked_for_when_half_is_left(part: HeldPart) -> None:
    part.take(Part(None, 20.0, ALL_PLACES))
    here = [0]
    part.here.append(lambda: here[0])
    assert part.askable(AHEAD) == 21
    here[0] = 11
    assert part.askable(AHEAD) == 0
    here[0] = 10
    assert part.askable(AHEAD) == 11
    assert part.askable(AHEAD._replace(most=12)) == 0


def test_of_a_concurrency_what_ends_soon_is_here_as_well(part: HeldPart) -> None:
    part.take(Part(4))
    assert part.askable(AHEAD) == 12
    part.started(3)
    assert part.askable(AHEAD) == 9
    assert part.askable(AHEAD._replace(mean_service_seconds=None)) == 1


def test_regions_share_a_part_and_are_paused_one_by_one(part: HeldPart) -> None:
    eu, us = StartLimit(part), StartLimit(part)
    part.take(Part(3))
    eu.started(2)
    assert (eu.startable(), us.startable(), us.running) == (1, 1, 0)
    us.pause()
    assert (eu.startable(), us.startable()) == (1, 0)
    eu.ended(2)
    us.resume()
    assert us.startable() == 3


def test_how_many_start_in_the_time_that_is_left(part: HeldPart) -> None:
    assert part.starts_within(30.0) > 1_000_000
    part.take(Part(None, 0.5, frozenset(range(30))))
    assert part.starts_within(30.0) == 7
    part.take(Part(None, 0.5))
    assert part.starts_within(30.0) == 15


def test_a_worker_that_was_not_limited_begins_with_all_that_runs(part: HeldPart) -> None:
    part.started(5)
    part.take(Part(3))
    assert part.places_left() == -2
    assert HeldPart(ManualClock(), "orders", QueueLimits(4)).places_left() == 0
