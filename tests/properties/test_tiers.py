"""Tiers against a naive reading of the wall clock, through changes of the clock and over midnight."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from punctuald.delivery.receive.tier_resolver import TierResolver
from punctuald.model import Message
from punctuald.policy.delivery.event_time import EventTime
from punctuald.policy.delivery.tiers import Calendar, Tier, tier_target

ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Santiago", "Africa/Casablanca")
# Days on which each zone's clock is put forward or back: Santiago's at midnight, Lord Howe's by half an hour.
CHANGES = {
    "UTC": ("2026-03-29",),
    "Europe/Berlin": ("2026-03-29", "2026-10-25"),
    "America/New_York": ("2026-03-08", "2026-11-01"),
    "Australia/Lord_Howe": ("2026-04-05", "2026-10-04"),
    "America/Santiago": ("2026-04-05", "2026-09-06"),
    "Africa/Casablanca": ("2026-02-15", "2026-03-22"),
}
MINUTE = 60
hours = st.none() | st.builds(time, st.integers(0, 23), st.sampled_from((0, 15, 30, 59)))
days = st.frozensets(st.integers(0, 6), max_size=3)
tiers = st.lists(st.builds(Tier, st.just("tier"), st.just(3.0), hours, hours, days), min_size=1, max_size=4)


@st.composite
def calendars_and_instants(draw: st.DrawFn) -> tuple[Calendar, float]:
    zone = draw(st.sampled_from(ZONES))
    day = datetime.fromisoformat(draw(st.sampled_from(CHANGES[zone]))).replace(tzinfo=UTC)
    minutes = draw(st.integers(-36 * 60, 36 * 60))
    calendar = Calendar((*draw(tiers), Tier("always", 10)), ZoneInfo(zone))
    return calendar, (day + timedelta(minutes=minutes)).timestamp()


def naive_tier(calendar: Calendar, utc: float) -> int:
    """Reads the wall clock as a person does: is this minute of the day among the minutes of a tier that began today?"""
    shown = datetime.fromtimestamp(utc, UTC).astimezone(calendar.zone)
    for index, tier in enumerate(calendar.tiers):
        begin = _minute(tier.starts) if tier.starts else 0
        length = (_minute(tier.ends) - begin if tier.ends else -begin) % 1440 or 1440
        minute = _minute(shown.time())
        counted = (
            (shown.weekday(), minute),
            ((shown.weekday() - 1) % 7, minute + 1440),
        )  # of today, and as yesterday counts on
        for day, at in counted:
            if begin <= at < begin + length and (not tier.days or day in tier.days):
                return index
    return len(calendar.tiers) - 1


def _minute(hour: time) -> int:
    return hour.hour * 60 + hour.minute


@given(calendars_and_instants())
def test_the_tier_is_what_the_wall_clock_says(drawn: tuple[Calendar, float]) -> None:
    calendar, utc = drawn

    assert calendar.tier_at(utc) == naive_tier(calendar, utc)


@given(calendars_and_instants())
def test_the_next_edge_is_exactly_where_the_tier_changes(drawn: tuple[Calendar, float]) -> None:
    calendar, utc = drawn
    edge = calendar.next_edge(utc)
    last = utc + 8 * 86_400 if edge is None else edge.at_utc - MINUTE

    # All edges lie on whole minutes here, and so does ``utc``: no minute in between may have another tier.
    before = {naive_tier(calendar, at) for at in range(int(utc), int(last) + 1, MINUTE)}

    assert before <= {calendar.tier_at(utc)}
    if edge is not None:
        assert edge.at_utc > utc
        assert edge.tier == naive_tier(calendar, edge.at_utc) != calendar.tier_at(utc)


@given(calendars_and_instants(), st.floats(0.001, 59.999))
def test_an_edge_is_the_same_from_wherever_one_looks(drawn: tuple[Calendar, float], later: float) -> None:
    calendar, utc = drawn
    edge = calendar.next_edge(utc)

    if edge is not None and utc + later < edge.at_utc:
        assert calendar.next_edge(utc + later) == edge


def sent_at(utc: float) -> Message:
    return Message("id", "orders", "the body", "handle", utc, utc)


# Of a second and more: a calendar reads the clock in microseconds, and the nearest one may lie behind the edge.
around = st.integers(-180, 180) | st.sampled_from((-2 * 86_400, -3_600, 3_600, 2 * 86_400))


@given(calendars_and_instants(), st.lists(around, max_size=12), st.none() | st.just(0))
def test_what_is_remembered_is_what_the_calendar_promises_in_whatever_order_messages_come(
    drawn: tuple[Calendar, float], offsets: list[int], pinned_tier: int | None
) -> None:
    calendar, utc = drawn
    edge = calendar.next_edge(utc)
    middle_utc = utc if edge is None else edge.at_utc
    resolver = TierResolver(calendar, pinned_tier, EventTime())

    for message in [sent_at(middle_utc + offset) for offset in offsets]:
        assert resolver.of(message, message.sent_utc) == tier_target(
            message, calendar, pinned_tier=pinned_tier, event_time=EventTime()
        )
