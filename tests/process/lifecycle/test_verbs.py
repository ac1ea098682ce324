"""The signals by which a person asks for numbers, and those that mean nothing."""

from __future__ import annotations

import signal

import pytest

from process.daemon_under_test import DaemonUnderTest
from process.given import DONE_AT_ONCE, HELD


@pytest.mark.parametrize("number", [signal.SIGTTIN, signal.SIGTTOU])
def test_what_once_added_or_removed_a_worker_neither_does_so_nor_stops_the_daemon(
    daemon: DaemonUnderTest, number: signal.Signals
) -> None:
    daemon.start(DONE_AT_ONCE, pool={"max_workers": 3})
    for _ in range(3):
        daemon.signal(number)
    daemon.wait_done(daemon.send("parcel"))
    assert len(daemon.workers()) == 1
    daemon.signal(signal.SIGTERM)
    assert daemon.wait_exit() == 0


def test_sigusr1_logs_a_snapshot_of_the_statistics(daemon: DaemonUnderTest) -> None:
    daemon.start(DONE_AT_ONCE)
    daemon.wait_done(daemon.send("one", "two"))
    daemon.signal(signal.SIGUSR1)
    snapshot = daemon.wait_for("stats.snapshot")
    assert snapshot["queues"][daemon.queue]["done"] == 2
    assert sum(tier["met"] + tier["missed"] for tier in snapshot["tiers"].values()) == 2
    assert snapshot["workers_ready"] == 1


def test_sigusr1_has_every_worker_log_what_it_runs(daemon: DaemonUnderTest) -> None:
    daemon.start(HELD, pool={"min_workers": 2, "max_workers": 2})
    [message_id] = daemon.send("parcel")
    daemon.wait_noted("begun")
    daemon.signal(signal.SIGUSR1)
    daemon.wait_for("worker.state", count=2)
    states = daemon.events("worker.state")
    assert sorted(state["worker"] for state in states) == [0, 1]
    assert [list(state["running"]) for state in states if state["running"]] == [[message_id]]
    assert {(state["ready"], state["retiring"], state["leaving"]) for state in states} == {(True, False, False)}
    daemon.let_go()
    daemon.wait_done([message_id])
