"""sd_notify(3): what systemd is told over its datagram socket."""

from __future__ import annotations

import signal

from process.daemon_under_test import DaemonUnderTest
from process.given import DONE_AT_ONCE
from process.systemd import Systemd


def test_systemd_hears_of_every_turn_in_the_daemons_life(daemon: DaemonUnderTest, systemd: Systemd) -> None:
    daemon.write_handler(DONE_AT_ONCE)
    daemon.configure()
    daemon.launch(NOTIFY_SOCKET=str(systemd.path), WATCHDOG_USEC="1000000")
    daemon.wait_until(lambda: systemd.has_heard("READY"), "READY=1")
    daemon.wait_until(lambda: systemd.has_heard("WATCHDOG", 2), "WATCHDOG=1 again and again")
    daemon.signal(signal.SIGHUP)
    daemon.wait_until(lambda: systemd.has_heard("READY", 2), "READY=1 after the reload")
    daemon.signal(signal.SIGTERM)
    assert daemon.wait_exit() == 0
    systemd.listen()
    assert [state for state in systemd.states if state != "WATCHDOG"] == ["READY", "RELOADING", "READY", "STOPPING"]
    reloading = next(said for said in systemd.heard if "RELOADING" in said)
    assert int(reloading["MONOTONIC_USEC"]) > 0


def test_a_refused_reload_is_over_for_systemd_too(daemon: DaemonUnderTest, systemd: Systemd) -> None:
    daemon.write_handler(DONE_AT_ONCE)
    daemon.configure()
    daemon.launch(NOTIFY_SOCKET=str(systemd.path))
    daemon.wait_until(lambda: systemd.has_heard("READY"), "READY=1")
    daemon.write_config("nonsense")
    daemon.signal(signal.SIGHUP)
    daemon.wait_until(lambda: systemd.has_heard("READY", 2), "READY=1 although refused")
    assert systemd.states == ["READY", "RELOADING", "READY"]
    assert "refused" in systemd.heard[-1]["STATUS"]


def test_a_watchdog_meant_for_another_process_is_left_alone(daemon: DaemonUnderTest, systemd: Systemd) -> None:
    daemon.write_handler(DONE_AT_ONCE)
    daemon.configure()
    daemon.launch(NOTIFY_SOCKET=str(systemd.path), WATCHDOG_USEC="1000", WATCHDOG_PID="1")
    daemon.wait_until(lambda: systemd.has_heard("READY"), "READY=1")
    daemon.signal(signal.SIGTERM)
    assert daemon.wait_exit() == 0
    systemd.listen()
    assert systemd.states == ["READY", "STOPPING"]


def test_the_status_line_shows_the_tier_that_is_worst_off(daemon: DaemonUnderTest, systemd: Systemd) -> None:
    daemon.write_handler("def handle(message: Message) -> None:\n    time.sleep(0.3)\n")
    daemon.configure(sla={"tier": [{"name": "strict", "threshold_seconds": 0.2}], "objective": 0.9}, pool={"slots": 10})
    daemon.launch(NOTIFY_SOCKET=str(systemd.path))
    daemon.wait_until(lambda: systemd.has_heard("READY"), "READY=1")
    daemon.send(*map(str, range(8)))
    daemon.wait_until(lambda: systemd.has_shown("strict 0 % in time, violated"), "the violated tier in STATUS=")
    daemon.signal(signal.SIGTERM)
    assert daemon.wait_exit() == 0


def last_status(systemd: Systemd) -> str:
    systemd.listen()
    return [said["STATUS"] for said in systemd.heard if "STATUS" in said][-1]


def test_a_start_that_the_file_forbids_shows_its_cause(daemon: DaemonUnderTest, systemd: Systemd) -> None:
    daemon.write_config("[pool]\nmin_workers = 'many'\n")
    daemon.launch(NOTIFY_SOCKET=str(systemd.path))
    assert daemon.wait_exit() == 78
    assert last_status(systemd).startswith("failed: misconfigured: ")
    assert "min_workers" in last_status(systemd)


def test_a_start_that_a_handler_forbids_shows_its_cause(daemon: DaemonUnderTest, systemd: Systemd) -> None:
    daemon.configure(queue={"handler": "nowhere_to_be_found:handle"})
    daemon.launch(NOTIFY_SOCKET=str(systemd.path))
    assert daemon.wait_exit() == 78
    assert last_status(systemd).startswith("failed: misconfigured: ")
    assert "No module named 'nowhere_to_be_found'" in last_status(systemd)


def test_a_daemon_without_a_worker_that_starts_shows_how_the_last_one_ended(
    daemon: DaemonUnderTest, systemd: Systemd
) -> None:
    daemon.write_handler("os._exit(3)")
    daemon.configure(pool={"fatal_after_young_deaths": 2})
    daemon.launch(NOTIFY_SOCKET=str(systemd.path))
    assert daemon.wait_exit() == 1
    assert last_status(systemd) == "failed: no worker can be started: the last one exited with status 3"
    assert daemon.wait_for("daemon.failed")["cause"] == "exited with status 3"


def test_a_reload_that_was_rolled_back_stays_in_the_status_until_one_succeeds(
    daemon: DaemonUnderTest, systemd: Systemd
) -> None:
    daemon.write_handler(DONE_AT_ONCE)
    daemon.configure()
    daemon.launch(NOTIFY_SOCKET=str(systemd.path))
    daemon.wait_until(lambda: systemd.has_heard("READY"), "READY=1")
    daemon.configure(queue={"handler": "nowhere_to_be_found:handle"})
    daemon.signal(signal.SIGHUP)
    daemon.wait_until(lambda: systemd.has_heard("READY", 2), "READY=1 after the roll-back")
    assert "; the last reload was rolled back: " in last_status(systemd)
    daemon.configure()
    daemon.signal(signal.SIGHUP)
    daemon.wait_until(lambda: systemd.has_heard("READY", 3), "READY=1 after the reload")
    assert last_status(systemd).startswith("1 workers ready")
    assert "reload" not in last_status(systemd)
