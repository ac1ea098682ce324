"""Whatever becomes of the sending, scaling hears nothing of it, and the log is not filled."""

from __future__ import annotations

import threading
from collections.abc import Callable

from captured_logs import capture_logs
from punctuald.clock import ManualClock
from punctuald.errors import SourceUnavailable
from punctuald.policy.log_lines.rate import REMINDER_SECONDS
from punctuald.process.cloudwatch.publisher import Publisher
from punctuald.process.cloudwatch.readings import Reading

NOTHING = Reading({}, {})


class Server:
    """What CloudWatch does with each reading; ``error`` None = takes it."""

    def __init__(self) -> None:
        self.error: Exception | None = None
        self.taken = 0

    def put(self, reading: Reading) -> None:
        del reading
        if self.error is not None:
            raise self.error
        self.taken += 1


def publisher(put: Callable[[Reading], None], clock: ManualClock, interval_seconds: float = 60.0) -> Publisher:
    return Publisher(lambda _now_mono: NOTHING, put, clock, interval_seconds)


def test_a_failure_has_one_line_a_reminder_each_five_minutes_and_a_line_at_its_end() -> None:
    server, clock = Server(), ManualClock()
    sends = publisher(server.put, clock)
    server.error = SourceUnavailable("away", code="away")
    with capture_logs() as log:
        for _ in range(int(REMINDER_SECONDS / 60) + 1):
            sends.send_once()
            clock.advance(60)
        server.error = None
        sends.send_once()
        sends.send_once()
    assert [(line["event"], line["failures"], line["seconds"]) for line in log] == [
        ("cloudwatch.failed", 1, 0.0),
        ("cloudwatch.failed", 6, 300.0),
        ("cloudwatch.sent_again", 6, 360.0),
    ]
    assert server.taken == 2


def test_a_defect_is_a_failure_like_any_other() -> None:
    server = Server()
    server.error = ZeroDivisionError("of ours")
    with capture_logs() as log:
        publisher(server.put, ManualClock()).send_once()
    assert [line["error"] for line in log] == ["ZeroDivisionError: of ours"]


def test_a_call_that_hangs_does_not_hold_up_the_stop() -> None:
    hangs, goes_on = threading.Event(), threading.Event()

    def put(reading: Reading) -> None:
        del reading
        hangs.set()
        goes_on.wait(60)

    sends = publisher(put, ManualClock(), interval_seconds=0.001)
    sends.start()
    assert hangs.wait(10)
    sends.stop()
    assert not goes_on.is_set()
    goes_on.set()
