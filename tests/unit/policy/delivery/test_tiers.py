"""Which tier holds when, which target a message has, and how targets were met."""

from __future__ import annotations

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest

from punctuald.errors import ConfigurationError
from punctuald.model import Message
from punctuald.policy.delivery.event_time import EventTime
from punctuald.policy.delivery.tiers import (
    Calendar,
    Edge,
    Tier,
    TierTarget,
    compliance,
    error_budget_left,
    tier_target,
)

PEAK = Tier("peak_hours", 3, time(8), time(20))
BATCH = Tier("batch_mode", 60, time(0), time(6))
OFF = Tier("off_hours", 10)
DEFAULTS = Calendar((PEAK, BATCH, OFF), ZoneInfo("UTC"))
BERLIN = ZoneInfo("Europe/Berlin")


def utc(text: str, zone: ZoneInfo | None = None, fold: int = 0) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=zone or UTC, fold=fold).timestamp()


def message(sent_utc: float, **attributes: str) -> Message:
    return Message("id", "orders", "{}", "handle", sent_utc, sent_utc, attributes=attributes)


@pytest.mark.parametrize(
    ("shown", "tier"),
    [("00:00", 1), ("05:59:59", 1), ("06:00", 2), ("07:59:59", 2), ("08:00", 0), ("19:59:59", 0), ("20:00", 2)],
)
def test_the_default_tiers_follow_the_hours_of_the_day(shown: str, tier: int) -> None:
    assert DEFAULTS.tier_at(utc(f"2026-03-04T{shown}")) == tier


def test_the_first_tier_that_holds_wins() -> None:
    always = Calendar((OFF, PEAK), ZoneInfo("UTC"))

    assert always.tier_at(utc("2026-03-04T12:00")) == 0


def test_the_last_tier_holds_where_none_does() -> None:
    assert Calendar((PEAK, BATCH), ZoneInfo("UTC")).tier_at(utc("2026-03-04T21:00")) == 1


def test_a_calendar_without_tiers_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="at least one tier"):
        Calendar((), ZoneInfo("UTC"))


def test_hours_over_midnight_belong_to_the_day_on_which_they_begin() -> None:
    friday_night = Calendar((Tier("night", 60, time(22), time(6), frozenset({4})), OFF), ZoneInfo("UTC"))

    assert friday_night.tier_at(utc("2026-03-06T23:00")) == 0  # Friday
    assert friday_night.tier_at(utc("2026-03-07T05:59")) == 0  # Saturday morning
    assert friday_night.tier_at(utc("2026-03-06T05:00")) == 1  # Friday morning is Thursday's night
    assert friday_night.tier_at(utc("2026-03-07T22:30")) == 1


def test_a_tier_with_days_only_holds_all_day() -> None:
    weekend = Calendar((Tier("weekend", 60, days=frozenset({5, 6})), OFF), ZoneInfo("UTC"))

    assert weekend.tier_at(utc("2026-03-07T00:00")) == 0
    assert weekend.next_edge(utc("2026-03-07T12:00")) == Edge(utc("2026-03-09T00:00"), 1)


def test_a_missing_hour_is_the_begin_or_the_end_of_the_day() -> None:
    morning = Calendar((Tier("morning", 3, ends=time(9)), OFF), ZoneInfo("UTC"))
    evening = Calendar((Tier("evening", 3, starts=time(18)), OFF), ZoneInfo("UTC"))

    assert [morning.tier_at(utc(f"2026-03-04T{hour}:00")) for hour in ("00", "08", "09", "23")] == [0, 0, 1, 1]
    assert [evening.tier_at(utc(f"2026-03-04T{hour}:00")) for hour in ("00", "17", "18", "23")] == [1, 1, 0, 0]


def test_the_next_edge_is_after_the_instant_asked_for() -> None:
    assert DEFAULTS.next_edge(utc("2026-03-04T07:00")) == Edge(utc("2026-03-04T08:00"), 0)
    assert DEFAULTS.next_edge(utc("2026-03-04T08:00")) == Edge(utc("2026-03-04T20:00"), 2)
    assert DEFAULTS.next_edge(utc("2026-03-04T20:00")) == Edge(utc("2026-03-05T00:00"), 1)


def test_one_tier_for_ever_has_no_edge() -> None:
    assert Calendar((OFF,), BERLIN).next_edge(utc("2026-03-04T07:00")) is None


def test_a_tier_of_one_weekday_is_seen_a_week_ahead() -> None:
    mondays = Calendar((Tier("monday", 3, time(9), time(10), frozenset({0})), OFF), BERLIN)

    assert mondays.next_edge(utc("2026-03-02T10:00", BERLIN)) == Edge(utc("2026-03-09T09:00", BERLIN), 0)


def test_hours_that_the_clock_skips_do_not_happen() -> None:
    skipped = Calendar((Tier("skipped", 3, time(2), time(3)), OFF), BERLIN)

    assert skipped.next_edge(utc("2026-03-28T12:00", BERLIN)) == Edge(utc("2026-03-30T02:00", BERLIN), 0)


def test_hours_that_begin_in_the_skipped_hour_begin_when_the_clock_has_jumped() -> None:
    partly = Calendar((Tier("partly", 3, time(2, 30), time(5)), OFF), BERLIN)

    assert partly.next_edge(utc("2026-03-28T12:00", BERLIN)) == Edge(utc("2026-03-29T01:00"), 0)


def test_an_hour_that_the_clock_shows_twice_counts_twice() -> None:
    twice = Calendar((Tier("twice", 3, time(2, 30), time(4)), OFF), BERLIN)
    edges: list[Edge] = []
    at_utc = utc("2026-10-25T00:00", BERLIN)
    for _ in range(4):
        edge = twice.next_edge(at_utc)
        assert edge is not None
        edges.append(edge)
        at_utc = edge.at_utc

    assert edges == [
        Edge(utc("2026-10-25T02:30", BERLIN, fold=0), 0),
        Edge(utc("2026-10-25T01:00"), 1),  # 03:00 summer time is 02:00 again
        Edge(utc("2026-10-25T02:30", BERLIN, fold=1), 0),
        Edge(utc("2026-10-25T04:00", BERLIN), 1),
    ]


def test_a_message_is_promised_the_tier_in_force_when_it_was_sent() -> None:
    sent_utc = utc("2026-03-04T07:59:59")

    assert tier_target(message(sent_utc), DEFAULTS, pinned_tier=None, event_time=EventTime()) == TierTarget(2, 10, 0)


def test_its_queue_s_tier_wins_over_the_calendar_and_its_own_attribute_over_both() -> None:
    sent_utc = utc("2026-03-04T12:00")

    pinned = tier_target(message(sent_utc), DEFAULTS, pinned_tier=2, event_time=EventTime())
    named = tier_target(message(sent_utc, sla_tier="batch_mode"), DEFAULTS, pinned_tier=2, event_time=EventTime())

    assert (pinned.tier, named.tier, named.threshold_seconds) == (2, 1, 60)


def test_the_first_tier_can_be_pinned_and_named_although_its_index_is_zero() -> None:
    night = utc("2026-03-04T03:00")

    assert tier_target(message(night), DEFAULTS, pinned_tier=0, event_time=EventTime()).tier == 0
    assert tier_target(message(night, sla_tier="peak_hours"), DEFAULTS, pinned_tier=1, event_time=EventTime()).tier == 0


def test_a_tier_that_nobody_knows_is_ignored() -> None:
    sent_utc = utc("2026-03-04T12:00")

    unknown = tier_target(message(sent_utc, sla_tier="platinum"), DEFAULTS, pinned_tier=None, event_time=EventTime())

    assert unknown.tier == 0


def test_the_promise_counts_from_the_event_where_the_producer_tells_its_time() -> None:
    sent_utc = utc("2026-03-04T12:00")
    late = message(sent_utc, happened=str(sent_utc - 2.5))

    kept = tier_target(late, DEFAULTS, pinned_tier=None, event_time=EventTime("happened", ""))

    assert kept == TierTarget(0, 3, 2.5)


def test_compliance_is_the_share_kept_and_whole_before_anything_was_promised() -> None:
    assert compliance(99, 1) == 0.99
    assert compliance(0, 0) == 1.0


@pytest.mark.parametrize(("missed", "left"), [(0, 1.0), (5, 0.5), (10, 0.0), (20, -1.0)])
def test_the_error_budget_runs_down_and_can_be_overdrawn(missed: int, left: float) -> None:
    assert error_budget_left(1000 - missed, missed, 0.99) == pytest.approx(left, abs=1e-9)


def test_an_objective_of_one_has_no_budget_to_spend() -> None:
    assert error_budget_left(100, 0, 1.0) == 1.0
    assert error_budget_left(99, 1, 1.0) == -1.0
