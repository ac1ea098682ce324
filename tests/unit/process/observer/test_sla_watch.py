"""The events of a violation, over scripted figures and a clock of the test's own."""

from __future__ import annotations

from typing import Any

from captured_logs import capture_logs
from doubles.stats.scripted_figures import ScriptedFigures, decision, standing
from punctuald.clock import ManualClock
from punctuald.policy.sla.windows import SlaRules
from punctuald.process.channel.frames import OnTime
from punctuald.process.observer.sensors import Sensors
from punctuald.process.observer.sla_watch import SlaWatch
from punctuald.stats.board.tables.looks import Looks
from punctuald.stats.board.tables.observer_words import ObserverWords
from punctuald.stats.figures.intervals import Interval

THRESHOLDS = {"peak": 3.0, "batch": 60.0}


class Bench:
    """Two tiers, looked at each second."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.words = ObserverWords()
        self.looks = Looks()
        self.figures = ScriptedFigures(interval=Interval(workers_ready=2, decision=decision()))
        self.changes: list[dict[str, Any]] = []
        self.log: list[Any] = []
        self.watch = self.started()
        self.second()

    def started(self) -> SlaWatch:
        sensors = Sensors(
            self.figures,
            tiers=THRESHOLDS,
            tier_of=lambda _queue, _age: ("peak", 3.0),
            downs=list,
            alone=True,
            max_workers=4,
            clock=self.clock,
        )
        return SlaWatch(
            sensors,
            threshold_seconds=THRESHOLDS,
            rules=SlaRules(objective=0.99),
            words=self.words,
            looks=self.looks,
            clock=self.clock,
            on_change=lambda event: self.changes.append(dict(event)),
        )

    def second(self, met: int = 0, missed: int = 0, **more: Any) -> OnTime:
        before = self.figures.stands[0] if self.figures.stands else standing()
        self.figures.stands = (standing(before.met + met, before.missed + missed, **more),)
        self.clock.advance(1)
        with capture_logs() as log:
            on_time = self.watch.look()
        self.log += log
        return on_time

    def seconds(self, number: int, met: int = 0, missed: int = 0) -> None:
        for _ in range(number):
            self.second(met, missed)


def test_a_violation_and_its_end_are_one_event_each() -> None:
    bench = Bench()
    bench.seconds(10, met=10)
    bench.second(missed=8, overdue=3, worst_overdue_seconds=9.5)
    bench.seconds(130, met=10)
    violated, restored = bench.log
    assert (violated["event"], violated["log_level"]) == ("sla.violated", "warning")
    assert (restored["event"], restored["log_level"]) == ("sla.restored", "info")
    assert {**violated, "since": None, "compliance_fast": None, "compliance_slow": None} == {
        "event": "sla.violated",
        "log_level": "warning",
        "reminder": False,
        "tier": "peak",
        "threshold_seconds": 3.0,
        "objective": 0.99,
        "since": None,
        "late": 11,
        "compliance_fast": None,
        "compliance_slow": None,
        "overdue": 3,
        "worst_seconds": 12.5,
        "cause": "handle",
        "late_by": {"handle": 8},
        "doing": "handler_slow",
        "workers_ready": 2,
        "workers_wanted": 2,
        "scale_reason": "arrivals",
    }
    assert violated["since"] == "2023-11-14T22:13:32.000Z"
    assert violated["compliance_fast"] == violated["compliance_slow"] == round(1 - 11 / 111, 4)
    assert (restored["late"], restored["worst_seconds"], restored["since"]) == (8, 12.5, violated["since"])
    assert 120 <= restored["duration_seconds"] <= 122


def test_the_command_gets_both_events_and_no_reminder() -> None:
    bench = Bench()
    bench.seconds(400, missed=1)
    bench.seconds(130)
    assert [line["event"] for line in bench.log] == ["sla.violated", "sla.violated", "sla.restored"]
    assert [line.get("reminder") for line in bench.log] == [False, True, None]
    assert [change["event"] for change in bench.changes] == ["sla.violated", "sla.restored"]
    assert bench.changes[0]["tier"] == "peak"
    assert bench.changes[0]["timestamp"].endswith("Z")


def test_a_new_observer_neither_repeats_a_violation_nor_forgets_its_end() -> None:
    bench = Bench()
    bench.seconds(10, missed=1)
    bench.watch = bench.started()
    bench.seconds(10, missed=1)
    assert [line["event"] for line in bench.log] == ["sla.violated"]
    bench.watch = bench.started()
    bench.seconds(130)
    assert [(line["event"], line["late"]) for line in bench.log] == [("sla.violated", 5), ("sla.restored", 20)]
    bench.watch = bench.started()
    bench.seconds(130)
    assert len(bench.log) == 2


def test_what_came_late_while_there_was_no_observer_counts() -> None:
    bench = Bench()
    bench.seconds(10, met=1)
    bench.figures.stands = (standing(10, 5),)
    bench.watch = bench.started()
    bench.second()
    [violated] = bench.log
    assert (violated["event"], violated["late"], violated["since"]) == ("sla.violated", 5, "2023-11-14T22:13:32.000Z")


def test_a_new_observers_windows_reach_as_far_back_as_its_predecessors() -> None:
    bench = Bench()
    bench.second(met=90)
    bench.second(missed=4)
    bench.watch = bench.started()
    bench.second(missed=1)
    [violated] = bench.log
    assert (violated["late"], violated["compliance_fast"], violated["since"]) == (
        *(5, round(90 / 95, 4)),
        "2023-11-14T22:13:23.000Z",
    )


def test_what_came_late_before_the_first_observer_counts_too() -> None:
    bench = Bench()
    bench.looks = Looks()
    bench.figures.stands = (standing(0, 8),)
    bench.watch = bench.started()
    assert bench.second() == OnTime("peak", 0.0, violated=True)
    assert [line["late"] for line in bench.log] == [8]


def test_the_tier_that_is_worst_off_is_the_violated_one_and_else_that_with_the_least_on_time() -> None:
    bench = Bench()
    assert bench.second() == OnTime("peak", None, violated=False)
    assert bench.second(met=99) == OnTime("peak", 1.0, violated=False)
    assert bench.second(missed=11) == OnTime("peak", 0.9, violated=True)
    bench.seconds(60)
    assert bench.second() == OnTime("peak", None, violated=True)
