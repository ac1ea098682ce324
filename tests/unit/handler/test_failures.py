"""What handlers raise is logged in full once per kind and minute, and counted in between."""

from __future__ import annotations

import pytest

from captured_logs import capture_logs
from doubles.limited_log import limited_log
from punctuald.clock import ManualClock
from punctuald.handler.failures import FailureLog
from punctuald.logs.limited import LimitedLog
from punctuald.model import Message
from punctuald.policy.log_lines.event_rates import LAST_LINE

MESSAGE = Message("m1", "orders", "the body is private", "handle", 0.0, 0.0)


def raised(error: Exception) -> Exception:
    try:
        raise error
    except type(error) as caught:
        return caught


def raised_elsewhere(error: Exception) -> Exception:
    try:
        raise error
    except type(error) as caught:
        return caught


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def limited(clock: ManualClock) -> LimitedLog:
    return limited_log(clock)


@pytest.fixture
def failures(clock: ManualClock, limited: LimitedLog) -> FailureLog:
    return FailureLog(clock, limited)


def test_the_first_of_its_kind_is_logged_in_full(failures: FailureLog) -> None:
    error = raised(ValueError("boom"))
    with capture_logs() as lines:
        failures.log(error, MESSAGE)
    (line,) = lines
    assert (line["event"], line["log_level"]) == ("handler.failed", "error")
    assert (line["queue"], line["message_id"], line["error"], line["suppressed"]) == ("orders", "m1", "ValueError", 0)
    assert "test_failures.py:" in line["line"]
    assert line["exc_info"] == (ValueError, error, error.__traceback__)
    assert "private" not in str(line)


def test_more_of_a_kind_within_a_minute_are_counted_and_logged_with_the_next(
    failures: FailureLog, clock: ManualClock
) -> None:
    with capture_logs() as lines:
        for _ in range(4):
            failures.log(raised(ValueError("boom")), MESSAGE)
        clock.advance(60)
        failures.log(raised(ValueError("boom")), MESSAGE)
        clock.advance(60)
        failures.log(raised(ValueError("boom")), MESSAGE)
    assert [line["suppressed"] for line in lines] == [0, 3, 0]


def test_another_type_and_another_line_are_other_kinds(failures: FailureLog) -> None:
    with capture_logs() as lines:
        failures.log(raised(ValueError("boom")), MESSAGE)
        failures.log(raised(KeyError("boom")), MESSAGE)
        failures.log(raised_elsewhere(ValueError("boom")), MESSAGE)
    assert [line["error"] for line in lines] == ["ValueError", "KeyError", "ValueError"]
    assert lines[0]["line"] != lines[2]["line"]


def test_an_exception_that_was_never_raised_has_no_line(failures: FailureLog) -> None:
    with capture_logs() as lines:
        failures.log(ValueError("returned by a batch handler"), MESSAGE)
    assert lines[0]["line"] == "unknown"


def test_endless_new_kinds_do_not_grow_the_memory_of_them_without_bound(
    failures: FailureLog, clock: ManualClock
) -> None:
    with capture_logs() as lines:
        failures.log(ValueError(), MESSAGE)
        for number in range(1_000):
            failures.log(type(f"Generated{number}", (Exception,), {})(), MESSAGE)
        clock.advance(LAST_LINE.seconds)
        failures.log(ValueError(), MESSAGE)
    assert [line["error"] for line in lines].count("ValueError") == 2  # forgotten in between, so logged again


def test_endless_new_kinds_have_no_more_lines_than_an_error_may_have_and_are_all_counted(
    failures: FailureLog, limited: LimitedLog
) -> None:
    with capture_logs() as lines:
        for number in range(2_500):
            failures.log(type(f"Generated{number}", (Exception,), {})(), MESSAGE)
        limited.end()
    assert [line["event"] for line in lines] == [*["handler.failed"] * LAST_LINE.lines, "log.suppressed"]
    assert lines[-1]["events"] == {"handler.failed": 2_500 - LAST_LINE.lines}


def test_what_had_no_line_is_told_though_its_kind_never_comes_again(
    failures: FailureLog, limited: LimitedLog, clock: ManualClock
) -> None:
    with capture_logs() as lines:
        for _ in range(9):
            failures.log(raised(ValueError("boom")), MESSAGE)
        clock.advance(60)
        limited.look()
    assert [(line["event"], line.get("events")) for line in lines] == [
        ("handler.failed", None),
        ("log.suppressed", {"handler.failed": 8}),
    ]


def test_each_failure_is_counted_by_queue_and_kind_also_those_without_a_line(clock: ManualClock) -> None:
    counted: list[tuple[str, str]] = []
    failures = FailureLog(clock, limited_log(clock), lambda queue, kind: counted.append((queue, kind)))
    with capture_logs() as lines:
        for _ in range(3):
            failures.log(raised(ValueError("private")), MESSAGE)
    assert len(lines) == 1
    assert counted == [("orders", f"ValueError {lines[0]['line']}")] * 3
