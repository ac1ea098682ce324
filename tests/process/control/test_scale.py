"""As many workers as a person says."""

from __future__ import annotations

import signal

import psutil

from process.daemon_under_test import DaemonUnderTest
from process.given import DONE_AT_ONCE


def has_workers(daemon: DaemonUnderTest, number: int) -> None:
    daemon.wait_until(lambda: len(daemon.workers()) == number, f"{number} workers")


def test_a_persons_number_outlives_a_reload_and_a_workers_death_and_ends_with_auto(daemon: DaemonUnderTest) -> None:
    daemon.start(DONE_AT_ONCE, pool={"max_workers": 4})
    said = daemon.command("scale", "3")
    assert (said.returncode, said.stdout) == (0, "3 workers until `scale auto` or a restart\n")
    has_workers(daemon, 3)
    psutil.Process(daemon.workers()[0]).kill()
    daemon.wait_for("process.exited", status=-9)
    has_workers(daemon, 3)
    daemon.signal(signal.SIGHUP)
    daemon.wait_for("reload.completed")
    daemon.wait_until(lambda: len(daemon.events("process.exited", role="worker")) >= 4, "the former ones' ends")
    has_workers(daemon, 3)
    pool = daemon.ask("status")["pool"]
    assert (pool["scaled_to"], pool["workers_wanted"]) == (3, 3)
    assert daemon.command("scale", "auto").stdout == "the autoscaler has the pool again\n"
    has_workers(daemon, 1)
    assert [line["asked"] for line in daemon.events("process.exited", role="worker", status=0)][-2:] == [True, True]


def test_a_restart_gives_the_pool_back_to_the_autoscaler(daemon: DaemonUnderTest) -> None:
    daemon.start(DONE_AT_ONCE, pool={"max_workers": 4})
    daemon.scale(3)
    has_workers(daemon, 3)
    daemon.signal(signal.SIGTERM)
    assert daemon.wait_exit() == 0
    daemon.launch()
    daemon.wait_for("daemon.ready", count=2)
    daemon.wait_until(lambda: daemon.ask("status")["pool"]["workers_ready"] == 1, "one worker")
    pool = daemon.ask("status")["pool"]
    assert (pool["scaled_to"], pool["workers_wanted"]) == (None, 1)


def test_a_number_beyond_the_bounds_is_cut_and_winds_nothing_up(daemon: DaemonUnderTest) -> None:
    daemon.start(DONE_AT_ONCE, pool={"max_workers": 2})
    assert daemon.command("scale", "99").stdout == (
        "2 workers, which is max_workers, until `scale auto` or a restart\n"
    )
    has_workers(daemon, 2)
    assert daemon.wait_for("pool.scaled")["limit"] == "max_workers"
    assert daemon.command("scale", "0").stdout == ("1 worker, which is min_workers, until `scale auto` or a restart\n")
    assert daemon.wait_for("process.exited")["asked"] is True
    has_workers(daemon, 1)
