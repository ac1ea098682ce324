"""The control socket of a real daemon, and `punctuald wait --ready`."""

from __future__ import annotations

import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import psutil

from process.daemon_under_test import PATIENCE_SECONDS, DaemonUnderTest
from process.given import DONE_AT_ONCE


@contextmanager
def waiting(daemon: DaemonUnderTest, *options: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "punctuald", "wait", "--ready", "-c", str(daemon.config_path), *options]
    with subprocess.Popen(command, env=daemon.usual_environment, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def test_wait_waits_for_a_daemon_that_has_not_started_yet(daemon: DaemonUnderTest) -> None:
    daemon.write_handler(DONE_AT_ONCE)
    daemon.configure()
    with waiting(daemon, "--timeout", "60") as waits:
        daemon.launch()
        assert waits.wait(PATIENCE_SECONDS) == 0
    assert daemon.workers()


def test_wait_says_what_it_waited_for_in_vain(daemon: DaemonUnderTest) -> None:
    daemon.write_handler(DONE_AT_ONCE + "\nraise RuntimeError('not yet')")
    daemon.configure()
    with waiting(daemon, "--timeout", "0.2") as waits:
        assert waits.wait(PATIENCE_SECONDS) == 1
        assert waits.stderr is not None
        assert "no daemon answers at " in waits.stderr.read()
    daemon.launch()
    daemon.wait_until(lambda: bool(daemon.observers()), "the observer")
    with waiting(daemon, "--timeout", "0.5") as waits:
        assert waits.wait(PATIENCE_SECONDS) == 1
        assert waits.stderr is not None
        assert "its workers are not ready" in waits.stderr.read()


def test_a_daemon_says_that_it_is_ready_to_its_own_user_only(daemon: DaemonUnderTest) -> None:
    daemon.start(DONE_AT_ONCE)
    assert daemon.wait_for("control.listening")["socket"] == str(daemon.control.path)
    assert stat.S_IMODE(daemon.control.path.stat().st_mode) == 0o600
    assert daemon.ask("ready") == {"ready": True, "workers_ready": 1, "min_workers": 1}


def test_clients_wait_in_line_while_the_observer_is_started_again(daemon: DaemonUnderTest) -> None:
    daemon.start(DONE_AT_ONCE)
    observer = daemon.observer()
    psutil.Process(observer).kill()
    assert daemon.ask("ready")["ready"] is True
    assert daemon.observer() != observer


def test_a_second_daemon_of_that_configuration_is_refused_before_it_starts_anything(daemon: DaemonUnderTest) -> None:
    daemon.start(DONE_AT_ONCE)
    second = daemon.command("run")
    assert second.returncode == 78
    assert len(second.stderr.splitlines()) == 1
    assert "another daemon's" in second.stderr
    assert second.stdout == ""
    assert daemon.ask("ready")["ready"] is True


def test_a_path_that_is_too_long_is_refused_and_a_killed_daemons_socket_taken_over(daemon: DaemonUnderTest) -> None:
    daemon.write_handler(DONE_AT_ONCE)
    daemon.configure()
    daemon.launch(RUNTIME_DIRECTORY=str(daemon.control.directory / ("x" * 107)))
    assert daemon.wait_exit() == 78
    daemon.launch()
    daemon.wait_for("control.listening", count=1)
    daemon.kill()
    daemon.launch()
    daemon.wait_for("control.listening", count=2)
