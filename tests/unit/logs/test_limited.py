"""What happens once a message has some lines, and each occasion is told sooner or later."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from captured_logs import capture_logs
from doubles.limited_log import limited_log
from punctuald.clock import ManualClock
from punctuald.logs import process_output
from punctuald.logs.limited import UNLOGGED_SECONDS, LimitedLog
from punctuald.policy.log_lines import event_rates
from punctuald.policy.log_lines.event_rates import LAST_LINE, USUAL
from punctuald.policy.log_lines.rate import LogRate


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def limited(clock: ManualClock) -> LimitedLog:
    return limited_log(clock)


@pytest.fixture
def lines() -> Iterator[list[Any]]:
    with capture_logs() as captured:
        yield captured


def retried(limited: LimitedLog, times: int) -> None:
    for number in range(times):
        limited.info("message.retried", message_id=f"m{number}")


def test_each_line_says_how_many_had_none_before_it(limited: LimitedLog, clock: ManualClock, lines: list[Any]) -> None:
    retried(limited, 1_000)
    clock.advance(USUAL.seconds)
    retried(limited, 1)
    assert len(lines) == USUAL.lines + 1
    assert [line["suppressed"] for line in lines] == [*[0] * USUAL.lines, 1_000 - USUAL.lines]


def test_a_burst_that_nothing_follows_is_told_a_minute_later(
    limited: LimitedLog, clock: ManualClock, lines: list[Any]
) -> None:
    retried(limited, 1_000)
    clock.advance(UNLOGGED_SECONDS - 1)
    limited.look()
    assert [line for line in lines if line["event"] == "log.suppressed"] == []
    clock.advance(1)
    for _ in range(3):
        limited.look()
    [told] = [line for line in lines if line["event"] == "log.suppressed"]
    assert (told["log_level"], told["events"]) == ("warning", {"message.retried": 1_000 - USUAL.lines})


def test_at_the_end_all_is_told_at_once(limited: LimitedLog, lines: list[Any]) -> None:
    retried(limited, USUAL.lines + 2)
    limited.also(lambda _now_mono, _after_seconds: {"handler.failed": 3, "message.retried": 1})
    limited.end()
    assert lines[-1]["events"] == {"message.retried": 3, "handler.failed": 3}


def test_what_is_below_the_level_is_neither_written_nor_counted(limited: LimitedLog, lines: list[Any]) -> None:
    process_output.level = logging.WARNING
    retried(limited, 1_000)
    limited.end()
    limited.warning("message.lease_lost")
    assert [line["event"] for line in lines] == ["message.lease_lost"]


def test_a_number_that_its_caller_has_is_added(limited: LimitedLog, lines: list[Any]) -> None:
    limited.error("handler.failed", suppressed=4)
    assert [line["suppressed"] for line in lines] == [4]


def test_a_number_whose_line_is_left_out_is_not_lost(limited: LimitedLog, clock: ManualClock, lines: list[Any]) -> None:
    for _ in range(LAST_LINE.lines + 3):
        limited.error("handler.failed", suppressed=10)
    clock.advance(LAST_LINE.seconds)
    limited.error("handler.failed", suppressed=10)
    assert lines[-1]["suppressed"] == 3 + 3 * 10 + 10
    for _ in range(LAST_LINE.lines):
        limited.error("handler.failed", suppressed=10)
    limited.end()
    assert lines[-1]["events"] == {"handler.failed": 1 + 10}


def test_a_new_event_of_another_threads_may_come_while_what_was_left_out_is_counted(
    limited: LimitedLog, lines: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    class InterruptedRate(LogRate):
        def unlogged(self, now_mono: float, after_seconds: float = 0.0) -> int:
            limited.error("handler.failed")
            return super().unlogged(now_mono, after_seconds)

    monkeypatch.setattr(event_rates, "LogRate", InterruptedRate)
    retried(limited, USUAL.lines + 2)
    limited.end()
    assert [line["event"] for line in lines[USUAL.lines :]] == ["handler.failed", "log.suppressed"]
    assert lines[-1]["events"] == {"message.retried": 2}


class Interrupted(str):  # noqa: SLOT000 - it has one attribute, of the class at first
    """An event's name. When it is looked up next after ``between`` was set, another thread gets its turn first."""

    between: Callable[[], None] | None = None

    def __hash__(self) -> int:
        between, self.between = self.between, None
        if between is not None:
            between()
        return super().__hash__()


def test_a_number_may_be_handed_over_by_another_thread_meanwhile(limited: LimitedLog, lines: list[Any]) -> None:
    event = Interrupted("handler.failed")

    def interrupt(_now_mono: float, _after_seconds: float) -> dict[str, int]:
        event.between = lambda: limited.error("message.rejected", suppressed=10)
        return {}

    for _ in range(LAST_LINE.lines + 1):
        limited.error(event, suppressed=10)
        limited.error("message.rejected")
    limited.also(interrupt)
    limited.end()
    limited.end()
    told = [line["events"] for line in lines if line["event"] == "log.suppressed"]
    assert told == [{"handler.failed": 1 + 10, "message.rejected": 1}, {"message.rejected": 1 + 10}]
