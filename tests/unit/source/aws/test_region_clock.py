"""A region's clock is learnt from all answers that any call to it gets."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime

from captured_logs import capture_logs
from punctuald.clock import ManualClock
from punctuald.source.aws.clock_skew import ClockSkew, RegionClock


def date(utc: float) -> str:
    return format_datetime(datetime.fromtimestamp(int(utc), UTC), usegmt=True)


def answers(clock: ManualClock, region: RegionClock, ahead_seconds: float, times: int) -> None:
    for _ in range(times):
        clock.advance(0.137)
        asked_utc = region.asked_utc()
        assert asked_utc is not None
        clock.advance(0.01)
        region.heard(date(clock.utc() + ahead_seconds), asked_utc)
        clock.advance(0.01)


def test_a_hundred_answers_tell_it_to_some_milliseconds() -> None:
    clock = ManualClock()
    region = RegionClock(clock, "eu-west-1")
    answers(clock, region, 300.4, 1)
    assert abs(region.broker_ahead_seconds - 300.4) <= 0.52
    answers(clock, region, 300.4, 100)
    assert abs(region.broker_ahead_seconds - 300.4) <= 0.05
    assert abs(region.answered_utc(None) - clock.utc() - 300.4) <= 0.05


def test_less_than_two_seconds_are_corrected_too_and_not_complained_of() -> None:
    clock = ManualClock()
    region = RegionClock(clock, "eu-west-1")
    with capture_logs() as logged:
        answers(clock, region, 0.7, 100)
        corrected = region.answered_utc(None) - clock.utc()
    assert abs(corrected - 0.7) <= 0.05
    assert logged == []


def test_a_clock_that_is_off_is_told_with_its_region() -> None:
    clock = ManualClock()
    region = RegionClock(clock, "eu-west-1")
    answers(clock, region, -60.0, 100)
    with capture_logs() as logged:
        for _ in range(3):
            region.answered_utc(None)
    assert [(line["event"], line["region"], line["skew_seconds"]) for line in logged] == [
        ("source.clock_skewed", "eu-west-1", -60.0)
    ]


def test_what_is_no_date_tells_nothing() -> None:
    clock = ManualClock()
    region = RegionClock(clock, "eu-west-1")
    for header in (None, "", "yesterday"):
        region.heard(header, clock.utc())
    assert region.answered_utc(None) == clock.utc()


def test_a_queue_in_one_region_looks_at_no_more_answers_than_before() -> None:
    assert ClockSkew(ManualClock()).asked_utc() is None
