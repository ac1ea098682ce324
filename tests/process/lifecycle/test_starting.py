"""While the daemon or a worker starts, signals neither end it by chance nor go unheard."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import psutil
import pytest

from process.daemon_under_test import DaemonUnderTest, survivors
from process.event_loops import on_both_loops
from process.given import DONE_AT_ONCE

FOR_THE_SUPERVISOR = (signal.SIGHUP, signal.SIGUSR1, signal.SIGTTIN, signal.SIGTTOU, signal.SIGQUIT)
IMPORTED_SLOWLY = """
(HERE / "importing").touch()
hold()

def handle(message: Message) -> None:
    note("handled", message)
"""
DEAF_WHILE_IMPORTED = "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + IMPORTED_SLOWLY


def launch(daemon: DaemonUnderTest, handler: str) -> None:
    """Until the handler is being imported."""
    daemon.write_handler(handler)
    daemon.configure()
    daemon.launch()
    daemon.wait_until((daemon.directory / "importing").exists, "the handler's import")


@on_both_loops
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("handler", [IMPORTED_SLOWLY, DEAF_WHILE_IMPORTED], ids=["slow", "deaf"])
def test_a_stop_while_handlers_are_still_being_imported_waits_for_nothing(
    daemon: DaemonUnderTest, number: signal.Signals, handler: str
) -> None:
    daemon.send("parcel")
    launch(daemon, handler)
    daemon.signal(number)
    assert daemon.wait_exit() == 0
    assert daemon.wait_for("process.exited", role="worker")["asked"] is True
    assert daemon.notes("handled") == []
    assert len(daemon.receive()) == 1


def test_a_starting_worker_ends_with_its_supervisor(daemon: DaemonUnderTest) -> None:
    launch(daemon, IMPORTED_SLOWLY)
    worker = psutil.Process(daemon.wait_for("process.spawned", worker=0)["pid"])
    daemon.signal(signal.SIGKILL)
    assert survivors([worker]) == []


def test_signals_that_are_meant_for_the_supervisor_do_starting_children_no_harm(daemon: DaemonUnderTest) -> None:
    launch(daemon, IMPORTED_SLOWLY)
    daemon.wait_for("process.spawned", count=2)
    for child in daemon.events("process.spawned"):
        for number in FOR_THE_SUPERVISOR:
            os.kill(child["pid"], number)
    daemon.let_go()
    daemon.wait_for("daemon.ready")
    daemon.wait_done(daemon.send("parcel"))
    assert daemon.events("process.exited") == []


def test_signals_that_come_before_the_daemon_has_read_its_settings_are_kept(daemon: DaemonUnderTest) -> None:
    daemon.write_handler(DONE_AT_ONCE)
    daemon.configure()
    path = daemon.directory / "config.toml"
    text = path.read_text()
    path.unlink()
    os.mkfifo(path)
    daemon.launch()
    with path.open("w") as settings:  # it is open at both ends: the daemon waits for what we write
        for number in (signal.SIGUSR1, signal.SIGHUP):
            daemon.signal(number)
        path.unlink()
        path.write_text(text)  # for the reload
        settings.write(text)
    daemon.wait_for("reload.started")
    daemon.wait_for("stats.snapshot")


def test_a_handlers_folder_that_vanishes_costs_no_worker_that_runs_and_comes_back_by_a_link(
    daemon: DaemonUnderTest,
) -> None:
    daemon.write_handler(DONE_AT_ONCE)
    daemon.configure(queue={"visibility_seconds": 2})  # a killed worker's poll may take the parcel
    releases, current = daemon.directory / "releases", daemon.directory / "current"
    _release(daemon.directory, releases / "1")
    current.symlink_to(releases / "1")
    daemon.launch_in(current, "config.toml", PWD=str(current))
    daemon.wait_for("daemon.ready")

    _release(daemon.directory, releases / "2")
    current.unlink()
    (releases / "1").rename(daemon.directory / "gone")
    first = daemon.worker()
    os.kill(first, signal.SIGKILL)
    daemon.wait_for("process.exited", role="worker")
    daemon.wait_for("worker.misconfigured")  # and it is tried again, slowly
    current.symlink_to(releases / "2")
    daemon.signal(signal.SIGHUP)
    daemon.wait_for("reload.completed")
    daemon.wait_done(daemon.send("parcel"))
    assert daemon.events("process.fatal") == []
    assert (releases / "2" / "notes").exists()


def _release(source: Path, folder: Path) -> None:
    folder.mkdir(parents=True)
    for name in ("config.toml", "work.py"):
        (folder / name).write_text((source / name).read_text())
