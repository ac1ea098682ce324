"""Each tick the autoscaler looks, decides and tells; when its parent is gone it goes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

import orjson
import pytest

from captured_logs import capture_logs
from doubles.process.lent_signals import lent_signals
from punctuald.clock import ManualClock
from punctuald.policy.scaling.decide import ScalingRules
from punctuald.policy.scaling.observation import Observation
from punctuald.process.autoscaler import autoscaler as autoscaler_module
from punctuald.process.autoscaler.autoscaler import Autoscaler
from punctuald.process.autoscaler.backlog_poller import BacklogPoller
from punctuald.process.autoscaler.decision_row import DecisionRow
from punctuald.process.autoscaler.sensors import Sensors
from punctuald.process.channel.channel import ChildEnd, ParentEnd, open_channel
from punctuald.process.channel.frames import Dump, Ready, Target, Up
from punctuald.process.channel.operator_frames import Explained
from punctuald.stats.board.board import Board
from punctuald.stats.board.layout import Layout
from punctuald.stats.figures.decisions import DecisionReader
from punctuald.stats.figures.intervals import DecisionFigures

QUIET = 0
BUSY = 400  # messages a second, all slots taken, and the queue three seconds long


@pytest.fixture(autouse=True)
def _signals_come_back() -> Iterator[None]:
    with lent_signals(autoscaler_module):
        yield


class ScriptedSensors:
    """Shows one rate of arrivals a tick, lets a second pass for each, and hangs up as the parent after the last."""

    def __init__(self, rates: list[int], parent: ParentEnd, clock: ManualClock, tick_seconds: float) -> None:
        self.rates = rates
        self.ordered: list[int] = []
        self.heard: list[Up] = []
        self.decided: DecisionFigures | None = None
        self._parent = parent
        self._clock = clock
        self._tick_seconds = tick_seconds

    def observe(self, workers_ordered: int) -> Observation:
        self._clock.advance(self._tick_seconds)
        self.ordered.append(workers_ordered)
        self.heard += self._parent.read()
        rate, now_utc = self.rates.pop(0), self._clock.utc()
        if not self.rates:
            self._parent.close()
        return Observation(
            now_mono=self._clock.mono(),
            now_utc=now_utc,
            workers_ordered=workers_ordered,
            workers_ready=workers_ordered,
            busy_slots=4 * workers_ordered if rate else 0,
            slots_per_worker=4,
            threshold_seconds=3.0,
            start_seconds=0.25,
            arrivals=tuple((int(now_utc) - ago, rate) for ago in range(60, 0, -1)) if rate else (),
            newest_sent_utc=now_utc - 3.0 if rate else None,
            mean_service_seconds=0.05,
            seconds_since_receive_ok=0.0,
        )


def run(
    rates: list[int], *, tick_seconds: float = 1.0, told: Dump | None = None, target: int = 2
) -> tuple[ScriptedSensors, list[Any], int]:
    """What was seen and heard of an autoscaler that lived through ``rates`` and one tick more, in which it is alone."""
    parent, child = open_channel()
    if told is not None:
        parent.send(told)
    clock = ManualClock()
    sensors = ScriptedSensors(rates, parent, clock, tick_seconds)
    board = Board(Layout(queues=("orders",), tiers=("peak",), handler_slots=4, workers=2))
    with capture_logs() as lines:
        status = _autoscaler(sensors, board, child, clock, target).run()
    child.close()
    assert board.reader(2).heartbeat_mono is not None
    sensors.decided = DecisionReader([board]).read(clock.mono())
    return sensors, lines, status


def _autoscaler(sensors: ScriptedSensors, board: Board, child: ChildEnd, clock: ManualClock, target: int) -> Autoscaler:
    backlog_poller = BacklogPoller([], clock, interval_seconds=3_600, jitter=lambda: 1.0)
    return Autoscaler(
        sensors=cast("Sensors", sensors),
        backlog_poller=backlog_poller,
        decision_row=DecisionRow(board.decision_writer(), backlog_poller.depths),
        rules=ScalingRules(min_workers=2, max_workers=8, hold_seconds=5),
        stats=board.writer(2),
        channel=child,
        clock=clock,
        generation=3,
        target=target,
        interval_seconds=0.005,
    )


def test_its_last_decision_is_on_its_row_of_the_board() -> None:
    sensors, _, _ = run([QUIET] * 10, target=7)
    decision = sensors.decided
    assert decision is not None
    assert (decision.workers, decision.reason, decision.short_seconds) == (2, "minimum", 0.0)
    sensors, _, _ = run([QUIET, BUSY, BUSY, BUSY])
    assert sensors.decided is not None
    assert sensors.decided.workers == targets(sensors)[-1] > 2


def test_it_says_that_it_is_ready_and_goes_with_its_parent() -> None:
    sensors, lines, status = run([QUIET, QUIET])
    assert sensors.heard[:2] == [Ready(0.0), Target(2, 3)]
    assert (status, events(lines)) == (0, ["autoscaler.orphaned"])


def test_it_explains_a_decision_when_it_is_made_and_every_five_seconds_while_it_stays() -> None:
    sensors, _, _ = run([QUIET] * 12, tick_seconds=1.0)
    explained = [orjson.loads(frame.fields) for frame in sensors.heard if isinstance(frame, Explained)]
    assert len(explained) == 3
    assert {(fields["workers"], fields["reason"]) for fields in explained[1:]} == {(2, "minimum")}


def test_what_a_worker_would_be_told_does_not_end_it() -> None:
    sensors, lines, status = run([QUIET] * 4, told=Dump())
    assert len(sensors.ordered) == 4
    assert (status, events(lines)) == (0, ["autoscaler.orphaned"])


def test_a_parent_that_goes_in_the_middle_of_a_tick_is_no_crash() -> None:
    sensors, lines, status = run([BUSY])  # it hangs up while we look, and there is a new target to send
    assert sensors.heard == [Ready(0.0)]
    assert (status, events(lines)) == (0, ["autoscaler.orphaned"])


def events(lines: list[Any]) -> list[str]:
    return [line["event"] for line in lines if line["event"] not in {"scale.decision", "stats.arrivals"}]


def test_arrivals_are_told_once_a_minute_and_the_rest_at_the_end() -> None:
    _, lines, _ = run([BUSY] * 70)
    told = [line for line in lines if line["event"] == "stats.arrivals"]
    assert len(told) == 2
    assert [count for line in told for count in line["counts"]] == [BUSY] * 70  # each second once


def targets(sensors: ScriptedSensors) -> list[int]:
    assert all(frame.generation == 3 for frame in sensors.heard if isinstance(frame, Target))
    return [frame.workers for frame in sensors.heard if isinstance(frame, Target)]


def test_it_says_at_once_what_it_goes_by_and_then_only_what_changes() -> None:
    sensors, _, _ = run([QUIET, BUSY, BUSY, BUSY, QUIET])
    assert sensors.ordered[:2] == [2, 2]
    first, second = targets(sensors)
    assert first == 2
    assert sensors.ordered[-1] == second > 2


def test_a_pool_that_is_as_large_as_its_load_stays_so_under_a_new_autoscaler() -> None:
    sensors, _, _ = run([BUSY] * 30, target=8)
    assert set(sensors.ordered) == {8}
    assert targets(sensors) == [8]


def test_a_pool_that_is_idle_shrinks_under_a_new_autoscaler_once_the_hold_is_over() -> None:
    sensors, _, _ = run([QUIET] * 10, target=7)
    assert sensors.ordered[:5] == [7] * 5
    assert sensors.ordered[-1] == targets(sensors)[-1] == 2


def test_a_decision_is_logged_when_it_changes_and_an_unchanged_one_once_a_minute() -> None:
    assert reasons(run([QUIET] * 10)[1]) == ["hold", "minimum"]
    assert reasons(run([QUIET] * 9, tick_seconds=30)[1])[-2:] == ["minimum", "minimum"]


def reasons(lines: list[Any]) -> list[str]:
    return [line["reason"] for line in lines if line["event"] == "scale.decision"]
