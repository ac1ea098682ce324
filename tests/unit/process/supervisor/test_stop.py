"""Which signals stop the daemon, and how quickly."""

from __future__ import annotations

from signal import SIGINT, SIGQUIT, SIGTERM, Signals

import pytest

from captured_logs import capture_logs
from punctuald.clock import ManualClock
from punctuald.policy.pool.fleet import Event
from punctuald.process.supervisor.notify import Notifier
from punctuald.process.supervisor.pool import Pool
from punctuald.process.supervisor.stop import DaemonStop


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def stop(clock: ManualClock) -> DaemonStop:
    return DaemonStop(Pool(clock), Notifier({}), clock)


def test_a_second_sigterm_within_a_second_is_the_same_stop(stop: DaemonStop, clock: ManualClock) -> None:
    with capture_logs() as log:
        stop.asked_by(SIGTERM)
        for _ in range(3):
            clock.advance(0.3)
            stop.asked_by(SIGTERM)
    assert stop.event is Event.DRAIN
    repeated = [line for line in log if line["event"] == "stop.repeated"]
    assert [(line["signal"], line["counts"]) for line in repeated] == [("SIGTERM", False)]


@pytest.mark.parametrize("second", [SIGTERM, SIGINT])
def test_one_that_comes_a_second_later_gives_back_what_runs(
    stop: DaemonStop, clock: ManualClock, second: Signals
) -> None:
    stop.asked_by(SIGTERM)
    clock.advance(1.0)
    with capture_logs() as log:
        stop.asked_by(second)
    assert stop.event is Event.FAST
    assert [(line["event"], line["after_seconds"], line["counts"]) for line in log] == [("stop.repeated", 1.0, True)]


def test_a_sigterm_that_a_wrapper_sends_beside_ctrl_c_changes_nothing(stop: DaemonStop, clock: ManualClock) -> None:
    stop.asked_by(SIGTERM)
    clock.advance(0.02)
    stop.asked_by(SIGINT)
    assert stop.event is Event.DRAIN


def test_sigquit_never_waits(stop: DaemonStop) -> None:
    stop.asked_by(SIGTERM)
    stop.asked_by(SIGQUIT)
    assert stop.event is Event.KILL


def test_the_first_signal_counts_also_when_the_daemon_stops_already(stop: DaemonStop) -> None:
    stop.order(Event.DRAIN, "no worker can be started", 1)
    stop.asked_by(SIGTERM)
    assert (stop.event, stop.exit_status) == (Event.FAST, 1)
