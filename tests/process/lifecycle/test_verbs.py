"""The signals by which a person shifts the pool and asks for numbers."""

from __future__ import annotations

import signal

from process.daemon_under_test import DaemonUnderTest
from process.given import DONE_AT_ONCE, HELD


def test_sigttin_adds_a_worker_and_sigttou_drains_one(daemon: DaemonUnderTest) -> None:
    daemon.start(DONE_AT_ONCE, pool={"max_workers": 3})
    daemon.signal(signal.SIGTTIN)
    assert daemon.wait_for("pool.shifted")["offset"] == 1
    daemon.wait_until(lambda: len(daemon.workers()) == 2, "a second worker")
    daemon.signal(signal.SIGTTOU)
    daemon.wait_for("pool.shifted", offset=0)
    gone = daemon.wait_for("process.exited")
    assert (gone["asked"], gone["status"]) == (True, 0)
    assert len(daemon.workers()) == 1


def test_signals_beyond_the_bounds_wind_nothing_up(daemon: DaemonUnderTest) -> None:
    daemon.start(DONE_AT_ONCE, pool={"max_workers": 2})
    for count in range(1, 6):
        daemon.signal(signal.SIGTTIN)
        daemon.wait_for("pool.shifted", count=count)
    shifts = [(event["offset"], event.get("limit")) for event in daemon.events("pool.shifted")]
    assert shifts == [(1, None), *[(1, "max_workers")] * 4]
    daemon.wait_until(lambda: len(daemon.workers()) == 2, "a second worker")
    daemon.signal(signal.SIGTTOU)
    assert daemon.wait_for("process.exited")["asked"] is True


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
