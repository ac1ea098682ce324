"""Times on the broker's clock, from its Date header."""

from __future__ import annotations

from email.utils import formatdate

import pytest

from captured_logs import capture_logs
from punctuald.clock import ManualClock
from punctuald.source.aws.clock_skew import ClockSkew

NOW = 1_700_000_000.0


def date(utc: float) -> str:
    return formatdate(utc, usegmt=True)


@pytest.mark.parametrize("skew_seconds", [-1, 0, 1, 2])
def test_a_difference_within_the_headers_resolution_is_left_alone(skew_seconds: int) -> None:
    assert ClockSkew(ManualClock(utc=NOW)).answered_utc(date(NOW + skew_seconds - 0.5)) == NOW


@pytest.mark.parametrize("skew_seconds", [-3_600, -4, 4, 60])
def test_a_machine_whose_clock_is_off_still_tells_the_brokers_time(skew_seconds: int) -> None:
    answered_utc = ClockSkew(ManualClock(utc=NOW)).answered_utc(date(NOW + skew_seconds))
    assert answered_utc == pytest.approx(NOW + skew_seconds, abs=0.5)


def test_by_how_much_the_broker_is_ahead_is_known_from_its_last_answer() -> None:
    skew = ClockSkew(ManualClock(utc=NOW))
    ahead = []
    for skew_seconds in (0, 60, -30, 1):
        skew.answered_utc(date(NOW + skew_seconds))
        ahead.append(skew.broker_ahead_seconds)
    assert ahead == [0.0, 60.5, -29.5, 0.0]


NO_DATES = [
    "Fri, 31 Dec 9999 23:59:59 GMT",
    "Tue, 14 Nov 99999999999 22:13:20 GMT",
    "Tue, 14 Nov 2023 22:13:20 +9999999",
    "1 2 3 4 5 6 7",
]


@pytest.mark.parametrize("header", [None, "", "yesterday", *NO_DATES])
def test_without_a_readable_header_our_own_clock_counts(header: str | None) -> None:
    assert ClockSkew(ManualClock(utc=NOW)).answered_utc(header) == NOW


def test_a_skew_that_lasts_is_logged_again_every_five_minutes() -> None:
    clock = ManualClock(utc=NOW)
    skew = ClockSkew(clock)
    with capture_logs() as logged:
        for minute in range(12):
            skew.answered_utc(date(NOW + 60 * minute + 60))
            clock.advance(60)
    assert [line["skew_seconds"] for line in logged] == [60.5] * 3


def test_a_skew_is_logged_when_it_changes_and_not_at_every_answer() -> None:
    skew = ClockSkew(ManualClock(utc=NOW))
    with capture_logs() as logged:
        for skew_seconds in (0, 60, 61, 60, 0, 0):
            skew.answered_utc(date(NOW + skew_seconds))
    assert [(line["event"], line["log_level"], line["skew_seconds"]) for line in logged] == [
        ("source.clock_skewed", "warning", 60.5),
        ("source.clock_skewed", "warning", 0.0),
    ]
