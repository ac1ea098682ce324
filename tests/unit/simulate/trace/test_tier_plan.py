"""Tiers over a trace: by the clock as in the daemon, or squeezed into any length."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from punctuald.simulate.engine.setup import STUDY_SHARES, Setup
from punctuald.simulate.trace.tier_plan import ByClock, ByShares

HOUR = 3600.0


def test_the_clocks_tiers_are_those_that_the_daemon_would_see() -> None:
    promises = Setup().tier_times
    assert isinstance(promises, ByClock)
    begin = promises.midnight_utc()
    plan = promises.plan(begin, 2 * 24 * HOUR)
    for minute in range(0, 48 * 60, 7):
        tier = promises.calendar.tiers[promises.calendar.tier_at(begin + minute * 60)]
        assert plan.threshold_at(minute * 60) == tier.threshold_seconds


def test_a_trace_without_a_date_begins_on_a_mondays_midnight() -> None:
    begin = datetime.fromtimestamp(Setup().tier_times.midnight_utc(), UTC)
    assert (begin.weekday(), begin.hour, begin.minute) == (0, 0, 0)


def test_the_next_edge_is_known_even_beyond_the_end() -> None:
    promises = Setup().tier_times
    plan = promises.plan(promises.midnight_utc(), 5 * HOUR)
    assert plan.next_edge(4 * HOUR) == (2 * HOUR, 10.0)


def test_shares_are_in_order_and_of_the_whole() -> None:
    plan = ByShares(STUDY_SHARES).plan(0.0, 1000.0)
    assert [plan.threshold_at(second) for second in (0, 149, 151, 649, 651, 801, 949, 951, 5000)] == (
        [10, 10, 3, 3, 10, 60, 60, 3, 3]
    )
    assert plan.next_edge(900.0) == pytest.approx((50.0, 3.0))
    assert plan.next_edge(950.1) is None


def test_each_message_has_the_tier_of_its_sending() -> None:
    plan = ByShares(((0.5, 60.0), (0.5, 3.0))).plan(0.0, 100.0)
    tiers = plan.tier_of(np.array([0.0, 49.9, 50.0, 120.0]))
    assert [plan.thresholds_seconds[tier] for tier in tiers] == [60.0, 60.0, 3.0, 3.0]
