"""The targets of messages, remembered: the same as the calendar says, without asking it each time."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import time
from zoneinfo import ZoneInfo

import pytest

from punctuald.delivery.receive.tier_resolver import TierResolver
from punctuald.model import Message
from punctuald.policy.delivery.event_time import EventTime
from punctuald.policy.delivery.tiers import Calendar, Edge, Tier

CALENDAR = Calendar((Tier("peak_hours", 3.0, time(8), time(18)), Tier("batch_mode", 60.0)), ZoneInfo("Europe/Berlin"))
EIGHT_UTC = 1_700_031_600.0  # 2023-11-15, 08:00 in Berlin
MANY = 1_000


@pytest.fixture
def look_ups(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """From when the calendar was asked for its next edge."""
    asked: list[float] = []
    next_edge = Calendar.next_edge

    def noted(calendar: Calendar, utc: float) -> Edge | None:
        asked.append(utc)
        return next_edge(calendar, utc)

    monkeypatch.setattr(Calendar, "next_edge", noted)
    return asked


def tiers_promised(sent_utcs: Iterable[float]) -> list[int]:
    tiers = TierResolver(CALENDAR, None, EventTime())
    return [tiers.of(Message("id", "orders", "the body", "handle", utc, utc), utc).tier for utc in sent_utcs]


def test_at_an_edge_messages_of_both_sides_are_looked_up_a_few_times_and_not_once_each(look_ups: list[float]) -> None:
    assert tiers_promised([EIGHT_UTC - 1, EIGHT_UTC] * MANY) == [1, 0] * MANY
    assert len(look_ups) <= 4


def test_a_backlog_that_comes_newest_first_is_looked_up_once_a_minute_and_not_once_a_message(
    look_ups: list[float],
) -> None:
    newest_utc = EIGHT_UTC + 3_600
    assert tiers_promised(newest_utc - ago for ago in range(MANY)) == [0] * MANY
    assert len(look_ups) <= MANY / 60 + 1


def test_a_tier_that_is_over_is_looked_up_anew_and_the_one_that_holds_just_once(look_ups: list[float]) -> None:
    hours_utc = [EIGHT_UTC + 3_600 * hour for hour in range(24)]
    assert tiers_promised(hours_utc) == [0] * 10 + [1] * 14
    assert len(look_ups) <= 4


@pytest.mark.parametrize("pinned_tier", [None, 0, 1])
def test_a_target_says_whether_it_goes_by_the_clock(pinned_tier: int | None) -> None:
    tiers = TierResolver(CALENDAR, pinned_tier, EventTime())
    plain = Message("id", "orders", "the body", "handle", EIGHT_UTC, EIGHT_UTC)
    named = Message("id", "orders", "the body", "handle", EIGHT_UTC, EIGHT_UTC, attributes={"sla_tier": "batch_mode"})
    assert tiers.of(plain, EIGHT_UTC).pinned is (pinned_tier is not None)
    assert tiers.of(named, EIGHT_UTC).pinned
