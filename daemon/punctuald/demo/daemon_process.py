"""Runs the real daemon as a child process, and makes sure that it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from punctuald.errors import PunctualdError

from . import tethered


class DaemonRunError(PunctualdError):
    """The daemon did not start, died, or did not stop."""


class DaemonProcess:
    """A running ``punctuald run``."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    @property
    def exit_status(self) -> int | None:
        """None while it runs; negative: the signal that ended it."""
        return self._process.poll()

    def stop(self, timeout_seconds: float) -> int:
        """Ask it to drain and wait for its end; raises `DaemonRunError` if it takes longer."""
        self._process.send_signal(signal.SIGTERM)
        try:
            return self._process.wait(timeout_seconds)
        except subprocess.TimeoutExpired:
            raise DaemonRunError(f"the daemon did not stop within {timeout_seconds:g} s of SIGTERM") from None

    def kill(self) -> None:
        """End the daemon and its workers at once."""
        kill_tree(self._process)


def kill_tree(process: subprocess.Popen[bytes]) -> None:
    """End a process, and all below it if it still lives; workers that have lost their daemon end by themselves."""
    try:  # once it was waited for, its number may be a stranger's
        below = psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
    except psutil.NoSuchProcess:
        below = []
    process.kill()  # first, so that it replaces nobody
    for each in below:
        with suppress(psutil.NoSuchProcess):
            each.kill()
    process.wait()


@contextmanager
def running_daemon(config: Path, log: Path, environ: Mapping[str, str]) -> Iterator[DaemonProcess]:
    """Start the daemon, with its output going to ``log``; processes of it that are left at the end are killed.

    The daemon can't outlive the thread that calls this (see `tethered`), which should therefore be the main one.
    It gets a session of its own: Ctrl-C in a terminal goes to the whole foreground group, and would stop the daemon
    before whoever measures it has asked for that.
    """
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-P", tethered.__file__, str(os.getpid()), "punctuald", "run", "-c", str(config)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=dict(environ),
            start_new_session=True,
        )
    daemon = DaemonProcess(process)
    try:
        yield daemon
    finally:
        daemon.kill()
