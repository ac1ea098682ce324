"""The control socket of a real daemon, and `punctuald wait --ready`."""

from __future__ import annotations

import os
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import orjson
import psutil
import pytest

from process.daemon_under_test import PATIENCE_SECONDS, DaemonUnderTest
from process.given import DONE_AT_ONCE


@pytest.fixture
def runtime(tmp_path: Path) -> Path:
    directory = tmp_path / "run"
    directory.mkdir()
    return directory


@contextmanager
def waiting(daemon: DaemonUnderTest, runtime: Path, *options: str) -> Iterator[subprocess.Popen[str]]:
    config = str(daemon.directory / "config.toml")
    command = [sys.executable, "-m", "punctuald", "wait", "--ready", "-c", config, *options]
    environ = {**os.environ, "XDG_RUNTIME_DIR": str(runtime)}
    with subprocess.Popen(command, env=environ, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def control_socket(daemon: DaemonUnderTest) -> Path:
    return Path(daemon.wait_for("control.listening")["socket"])


def asked(path: Path) -> dict[str, object]:
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(PATIENCE_SECONDS)
        client.connect(str(path))
        client.sendall(b"ready\n")
        answer = orjson.loads(client.recv(4096))
        assert isinstance(answer, dict)
        return answer


def test_wait_waits_for_a_daemon_that_has_not_started_yet(daemon: DaemonUnderTest, runtime: Path) -> None:
    daemon.write_handler(DONE_AT_ONCE)
    daemon.configure()
    with waiting(daemon, runtime, "--timeout", "60") as waits:
        daemon.launch(XDG_RUNTIME_DIR=str(runtime))
        assert waits.wait(PATIENCE_SECONDS) == 0
    assert daemon.workers()


def test_wait_says_what_it_waited_for_in_vain(daemon: DaemonUnderTest, runtime: Path) -> None:
    daemon.write_handler(DONE_AT_ONCE + "\nraise RuntimeError('not yet')")
    daemon.configure()
    with waiting(daemon, runtime, "--timeout", "0.2") as waits:
        assert waits.wait(PATIENCE_SECONDS) == 1
        assert waits.stderr is not None
        assert "no daemon answers at " in waits.stderr.read()
    daemon.launch(XDG_RUNTIME_DIR=str(runtime))
    daemon.wait_until(lambda: bool(daemon.observers()), "the observer")
    with waiting(daemon, runtime, "--timeout", "0.5") as waits:
        assert waits.wait(PATIENCE_SECONDS) == 1
        assert waits.stderr is not None
        assert "its workers are not ready" in waits.stderr.read()


def test_a_daemon_says_that_it_is_ready_to_its_own_user_only(daemon: DaemonUnderTest, runtime: Path) -> None:
    daemon.write_handler(DONE_AT_ONCE)
    daemon.configure()
    daemon.launch(RUNTIME_DIRECTORY=str(runtime))
    daemon.wait_for("daemon.ready")
    path = control_socket(daemon)
    assert path.parent == runtime
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert asked(path) == {"ready": True, "workers_ready": 1, "min_workers": 1}


def test_clients_wait_in_line_while_the_observer_is_started_again(daemon: DaemonUnderTest, runtime: Path) -> None:
    daemon.write_handler(DONE_AT_ONCE)
    daemon.configure()
    daemon.launch(RUNTIME_DIRECTORY=str(runtime))
    daemon.wait_for("daemon.ready")
    daemon.wait_until(lambda: bool(daemon.observers()), "the observer")
    [observer] = daemon.observers()
    psutil.Process(observer).kill()
    assert asked(control_socket(daemon))["ready"] is True
    assert daemon.observers() != [observer]


def test_a_second_daemon_of_that_configuration_is_refused_before_it_starts_anything(
    daemon: DaemonUnderTest, runtime: Path
) -> None:
    daemon.write_handler(DONE_AT_ONCE)
    daemon.configure()
    daemon.launch(RUNTIME_DIRECTORY=str(runtime))
    daemon.wait_for("daemon.ready")
    second = subprocess.run(
        [sys.executable, "-m", "punctuald", "run", "-c", str(daemon.directory / "config.toml")],
        env={**os.environ, "RUNTIME_DIRECTORY": str(runtime)},
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert second.returncode == 78
    assert len(second.stderr.splitlines()) == 1
    assert "another daemon's" in second.stderr
    assert second.stdout == ""
    assert asked(control_socket(daemon))["ready"] is True


def test_a_path_that_is_too_long_is_refused_and_a_killed_daemons_socket_taken_over(
    daemon: DaemonUnderTest, runtime: Path
) -> None:
    daemon.write_handler(DONE_AT_ONCE)
    daemon.configure()
    daemon.launch(RUNTIME_DIRECTORY=str(runtime / ("x" * 107)))
    assert daemon.wait_exit() == 78
    daemon.launch(RUNTIME_DIRECTORY=str(runtime))
    daemon.wait_for("control.listening", count=1)
    daemon.kill()
    daemon.launch(RUNTIME_DIRECTORY=str(runtime))
    daemon.wait_for("control.listening", count=2)
