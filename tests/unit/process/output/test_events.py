"""Lines and records as events."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextvars import copy_context

import pytest
import structlog

from captured_logs import capture_logs
from punctuald.delivery.run.current_call import Call, current_call
from punctuald.logs import process_output
from punctuald.process.output.events import OutputEvents
from punctuald.testing import ManualClock

CALL: Call = ("orders", "first", ("second", "third"))


class Unspeakable:
    def __str__(self) -> str:
        raise ValueError("no words")


@pytest.fixture(autouse=True)
def _unbound() -> Iterator[None]:
    yield
    structlog.contextvars.clear_contextvars()


def record(level: int) -> logging.LogRecord:
    return logging.LogRecord("shop", level, __file__, 1, "sold %d", (3,), None)


def test_a_line_has_its_messages_and_its_stream() -> None:
    with capture_logs() as told:
        OutputEvents(ManualClock(), 10).put("stderr", "caf\xe9 ".encode() + b"\xff", CALL)
    assert told == [
        {
            "event": "handler.output",
            "log_level": "info",
            "queue": "orders",
            "message_id": "first",
            "more_messages": 2,
            "stream": "stderr",
            "line": "caf\xe9 \\xff",
        }
    ]


def test_a_record_has_the_level_that_is_nearest_below() -> None:
    events = OutputEvents(ManualClock(), 10)
    with capture_logs() as told:
        for level in (1, 20, 39, 40, 60):
            events.record(record(level), "sold 3")
    assert [line["log_level"] for line in told] == ["debug", "info", "warning", "error", "critical"]
    assert {(line["event"], line["logger"], line["text"]) for line in told} == {("handler.log", "shop", "sold 3")}


def test_what_the_log_leaves_out_by_its_level_is_not_counted() -> None:
    events = OutputEvents(ManualClock(), 1)
    with capture_logs() as told:
        process_output.level = logging.ERROR
        for _ in range(3):
            events.record(record(30), "sold 3")
            events.put("stdout", b"line", None)
        events.record(record(40), "sold out")
        events.warn_of_lost()
    assert [line["text"] for line in told] == ["sold out"]


def test_what_a_call_has_bound_is_on_its_own_lines_whatever_it_is() -> None:
    events = OutputEvents(ManualClock(), 10)

    def handle() -> None:
        current_call.set(CALL)
        structlog.contextvars.bind_contextvars(order=7, message_id="of another", shape=Unspeakable())
        events.put("stdout", b"mine", CALL)
        events.put("stdout", b"another's", ("orders", "other", ()))

    with capture_logs() as told:
        copy_context().run(handle)
        events.put("stdout", b"nobody's", None)
    assert told[0]["context"] == {"order": 7, "message_id": "of another", "shape": "<Unspeakable>"}
    assert told[0]["message_id"] == "first"
    assert ["context" in line for line in told] == [True, False, False]


def test_lines_and_records_share_a_limit_and_what_is_over_it_is_said() -> None:
    clock = ManualClock()
    events = OutputEvents(clock, 2)
    with capture_logs() as told:
        for _ in range(3):
            events.put("stdout", b"line", None)
            events.record(record(20), "sold 3")
        events.warn_of_lost()
        clock.advance(1.0)
        events.put("stdout", b"line", None)
        events.warn_of_lost()
    assert [line["event"] for line in told] == [
        "handler.output",
        "handler.log",
        "handler.output_suppressed",
        "handler.output",
    ]
    assert (told[2]["lines"], told[2]["reason"]) == (4, "over 2 lines a second")
