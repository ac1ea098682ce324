"""The daemon as a job of a shell's: what the terminal does to jobs."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from process import on_a_terminal
from process.daemon_under_test import DaemonUnderTest
from process.given import DONE_AT_ONCE
from punctuald.demo.daemon_process import kill_tree

CTRL_C, CTRL_Z = b"\x03", b"\x1a"


class Screen:
    """Everything that was written to the terminal so far."""

    def __init__(self, keyboard: int) -> None:
        self._keyboard = keyboard
        self.text = ""
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        with suppress(OSError):  # the last process that had the terminal open is gone
            while data := os.read(self._keyboard, 65_536):
                self.text += data.decode()

    def type(self, keys: bytes) -> None:
        os.write(self._keyboard, keys)

    def close(self) -> None:
        self._reader.join()
        os.close(self._keyboard)


@contextmanager
def run_as_a_job(daemon: DaemonUnderTest, how: str) -> Iterator[tuple[Screen, subprocess.Popen[bytes]]]:
    daemon.write_handler(DONE_AT_ONCE)
    daemon.configure()
    keyboard, terminal = os.openpty()
    config = str(daemon.directory / "config.toml")
    shell = subprocess.Popen(
        [sys.executable, "-P", on_a_terminal.__file__, how, sys.executable, "-m", "punctuald", "run", "-c", config],
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        env=daemon.usual_environment,
        start_new_session=True,
    )
    os.close(terminal)
    screen = Screen(keyboard)
    try:
        yield screen, shell
    finally:
        kill_tree(shell)
        screen.close()


def test_a_background_job_goes_on_where_the_terminal_stops_those_that_write(daemon: DaemonUnderTest) -> None:
    with run_as_a_job(daemon, "background") as (screen, shell):
        daemon.wait_until(lambda: '"daemon.ready"' in screen.text, "daemon.ready")
        [message_id] = daemon.send("parcel")
        daemon.wait_noted("handled")
        daemon.wait_until(lambda: screen.text.count(message_id) > 0, "its line")  # a worker writes there too
        [job] = psutil.Process(shell.pid).children()
        job.terminate()
        assert shell.wait(20) == 0


def test_ctrl_c_stops_the_daemon_and_reaches_no_worker_by_itself(daemon: DaemonUnderTest) -> None:
    with run_as_a_job(daemon, "foreground") as (screen, shell):
        daemon.wait_until(lambda: '"daemon.ready"' in screen.text, "daemon.ready")
        screen.type(CTRL_C)
        assert shell.wait(20) == 0
    assert '"reason":"asked to be quick"' in screen.text
    assert screen.text.count('"asked":true') == 3


def test_ctrl_z_stops_the_daemon_with_its_workers_until_it_is_continued(daemon: DaemonUnderTest) -> None:
    with run_as_a_job(daemon, "foreground") as (screen, shell):
        daemon.wait_until(lambda: '"daemon.ready"' in screen.text, "daemon.ready")
        [job] = psutil.Process(shell.pid).children()
        everybody = [job, *job.children(recursive=True)]
        screen.type(CTRL_Z)
        daemon.wait_until(lambda: all(each.status() == psutil.STATUS_STOPPED for each in everybody), "a stopped job")
        daemon.send("parcel")
        job.resume()
        daemon.wait_noted("handled")
        job.terminate()
        assert shell.wait(20) == 0


def test_a_handler_that_reads_finds_no_terminal(daemon: DaemonUnderTest) -> None:
    reads = 'def handle(message: Message) -> None:\n    assert sys.stdin.read() == ""\n    note("handled", message)\n'
    daemon.start(reads)
    daemon.wait_done(daemon.send("parcel"))
    assert Path(f"/proc/{daemon.worker()}/fd/0").readlink() == Path(os.devnull)
