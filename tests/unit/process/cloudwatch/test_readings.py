"""What is sent of a minute: its own share of messages on time, and how long the backlog takes."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import pytest

from doubles.stats.histograms import of_durations
from punctuald.model import Backlog, Metric, Stage
from punctuald.policy.delivery.miss_cause import MissCause
from punctuald.process.cloudwatch.readings import WHOLE, Reading, Readings
from punctuald.stats.figures.histogram import EMPTY
from punctuald.stats.figures.intervals import Interval, QueueFigures, TierFigures


def tier(queue: str, met: int, missed: int, handle_seconds: Collection[float] = (), overdue: int = 0) -> TierFigures:
    stages = dict.fromkeys(Stage, EMPTY) | {Stage.HANDLE: of_durations(handle_seconds)}
    return TierFigures(queue, "peak", 3.0, met, {MissCause.QUEUE: missed}, stages, overdue)


def queue(name: str, visible: int | None) -> QueueFigures:
    backlog = None if visible is None else Backlog(visible, 0, 0, read_mono=1.0)
    return QueueFigures(name, dict.fromkeys(Metric, 0), {}, {}, 0, {}, backlog=backlog)


class Bench:
    """Readings of figures that a test sets."""

    def __init__(self, hosts: Mapping[str, int] | None = None) -> None:
        self.total = Interval()
        self.downs: list[str] = []
        self.slots = 4
        self.readings = Readings(self, hosts=hosts or {}, slots=lambda _queue: self.slots, downs=lambda: self.downs)

    def since_start(self, now_mono: float) -> Interval:
        del now_mono
        return self.total

    def read(self, *tiers: TierFigures, **visible: int | None) -> Reading:
        self.total = Interval(tiers, tuple(queue(name, messages) for name, messages in visible.items()))
        return self.readings.read(1.0)


def test_compliance_is_of_the_time_since_the_last_reading() -> None:
    bench = Bench()
    assert bench.read(tier("orders", 90, 10)).compliance == {"orders": 90.0, WHOLE: 90.0}
    assert bench.read(tier("orders", 99, 11)).compliance == {"orders": 90.0, WHOLE: 90.0}
    assert bench.read(tier("orders", 109, 11)).compliance == {"orders": 100.0, WHOLE: 100.0}


def test_without_a_message_compliance_is_left_out() -> None:
    bench = Bench()
    bench.read(tier("orders", 90, 10), tier("mails", 1, 0))
    assert bench.read(tier("orders", 90, 10), tier("mails", 2, 0)).compliance == {"mails": 100.0, WHOLE: 100.0}


def test_what_is_overdue_in_hand_counts_as_late_though_nothing_is_done() -> None:
    assert Bench().read(tier("orders", 0, 0, overdue=7)).compliance == {"orders": 0.0, WHOLE: 0.0}


def test_the_backlog_is_divided_among_slots_and_hosts() -> None:
    bench = Bench(hosts={"orders": 2})
    reading = bench.read(tier("orders", 2, 0, [0.5, 0.5]), tier("clicks", 1, 0, [0.25]), orders=800, clicks=80)
    assert reading.backlog_seconds == pytest.approx({"orders": 50.0, "clicks": 5.0, WHOLE: 55.0})


def test_a_handlers_time_is_that_of_lately_and_else_of_all_time() -> None:
    bench = Bench()
    bench.read(tier("orders", 1, 0, [0.1]), orders=40)
    assert bench.read(tier("orders", 2, 0, [0.1, 1.0]), orders=40).backlog_seconds["orders"] == pytest.approx(10.0)
    assert bench.read(tier("orders", 2, 0, [0.1, 1.0]), orders=40).backlog_seconds["orders"] == pytest.approx(5.5)


def test_an_unknown_backlog_and_an_unknown_time_leave_the_whole_unknown() -> None:
    bench = Bench()
    known = tier("orders", 1, 0, [1.0])
    assert bench.read(known, orders=4, mails=None).backlog_seconds == {"orders": 1.0}
    assert bench.read(known, orders=4, mails=9).backlog_seconds == {"orders": 1.0}
    assert bench.read(known, orders=4, mails=0).backlog_seconds == {"orders": 1.0, "mails": 0.0, WHOLE: 1.0}


def test_a_queue_whose_downstream_is_away_asks_for_no_host() -> None:
    bench = Bench()
    bench.downs = ["orders"]
    reading = bench.read(tier("orders", 1, 0, [1.0]), tier("mails", 1, 0, [1.0]), orders=4000, mails=4)
    assert reading.backlog_seconds == {"mails": 1.0, WHOLE: 1.0}
