"""Which promise is in force, and when it changes."""

from __future__ import annotations

from datetime import UTC, datetime, time
from unittest.mock import patch
from zoneinfo import ZoneInfo

import pytest

from punctuald.policy.delivery.tiers import Calendar, Tier
from punctuald.process.autoscaler.tightest_tier import TightestInForce, TightestTier

CALENDAR = Calendar((Tier("peak", 3.0, time(8), time(20)), Tier("off", 10.0)), ZoneInfo("UTC"))
ALWAYS = Calendar((Tier("off", 10.0),), ZoneInfo("UTC"))
NOON = datetime(2026, 3, 4, 12, tzinfo=UTC).timestamp()
EVENING = NOON + 8 * 3600
MORNING = EVENING + 12 * 3600


def test_the_next_change_of_tier_is_seen_coming() -> None:
    tightest_tier = TightestTier(CALENDAR, (), by_calendar=True)
    assert tightest_tier.in_force(NOON) == TightestInForce(3.0, 10.0, EVENING)
    assert tightest_tier.in_force(EVENING - 1) == TightestInForce(3.0, 10.0, EVENING)
    assert tightest_tier.in_force(EVENING) == TightestInForce(10.0, 3.0, MORNING)


def test_a_clock_that_is_set_back_finds_the_tier_of_then() -> None:
    tightest_tier = TightestTier(CALENDAR, (), by_calendar=True)
    tightest_tier.in_force(EVENING)
    assert tightest_tier.in_force(NOON) == TightestInForce(3.0, 10.0, EVENING)


@pytest.mark.parametrize(
    ("pinned_seconds", "by_calendar", "now", "next_one"),
    [((60.0, 1.0), False, 1.0, None), ((5.0,), True, 3.0, 5.0)],
)
def test_the_tightest_promise_of_any_queue_is_in_force(
    pinned_seconds: tuple[float, ...], by_calendar: bool, now: float, next_one: float | None
) -> None:
    promise = TightestTier(CALENDAR, pinned_seconds, by_calendar=by_calendar).in_force(NOON)
    assert (promise.threshold_seconds, promise.next_threshold_seconds) == (now, next_one)


@pytest.mark.parametrize("calendar", [CALENDAR, ALWAYS])
def test_the_calendar_is_searched_once_an_hour_and_not_at_each_tick(calendar: Calendar) -> None:
    tightest_tier = TightestTier(calendar, (), by_calendar=True)
    with patch.object(Calendar, "next_edge", autospec=True, side_effect=Calendar.next_edge) as next_edge:
        for second in range(3_600):
            tightest_tier.in_force(NOON + second)
    assert next_edge.call_count == 1


def test_what_goes_by_the_clock_is_known_beside_the_tightest() -> None:
    both = TightestTier(CALENDAR, (5.0,), by_calendar=True)
    assert (both.in_force(EVENING).threshold_seconds, both.in_force(EVENING).by_clock_seconds) == (5.0, 10.0)
    assert (both.in_force(NOON).by_clock_seconds, both.in_force(NOON).by_clock_next_seconds) == (3.0, 10.0)
    assert TightestTier(CALENDAR, (5.0,), by_calendar=False).in_force(NOON).by_clock_seconds is None
