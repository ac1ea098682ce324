"""A machine of its own under a real systemd, for as long as a test needs it.

    with booted_box() as box:
        box.write("/etc/systemd/system/greet.service", "[Service]\\nExecStart=/bin/echo hello\\n")
        box.run("systemctl", "start", "greet")
        assert "hello" in box.run("journalctl", "-u", "greet", "-o", "cat")

systemd is PID 1 there, in namespaces of its own, on an overlay of this machine's root. So everything that is installed
here is there as well, but for /tmp and /run; every write stays in memory and is gone at the end; nothing is left behind
on this machine. Kernel and network are shared: a server on 127.0.0.1 is reached from both sides. It boots to
basic.target, in about a second. It takes root, util-linux, systemd and version 1 of the control groups; `refusal` says
what is missing. Tests have the fixture ``box`` (conftest.py), one machine for all of them.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from punctuald.clock import SystemClock
from punctuald.demo import tethered

from .control_groups import HIERARCHIES, joining, made_groups

SYSTEMD = Path("/lib/systemd/systemd")
PROGRAMS = ("unshare", "nsenter", "systemctl", "journalctl", "systemd-analyze")
BOOT = Path(__file__).with_name("boot.sh")
BOOT_SECONDS = 60.0
LOOK_SECONDS = 0.1
UP = ("running", "degraded")
"""Degraded: a unit of this machine's own failed, which is nothing to us."""

CLOCK = SystemClock()


class Box:
    """The booted machine; ``pid1`` is its systemd as this machine sees it."""

    def __init__(self, pid1: int) -> None:
        self.pid1 = pid1
        self._enter = ("nsenter", "-t", str(pid1), "-m", "-p", "-u", "-i", "-C", "-r", "-w")

    def call(self, *command: str, timeout_seconds: float = 60.0) -> subprocess.CompletedProcess[str]:
        """Run a program there as root, whatever its status. stderr goes into stdout."""
        return subprocess.run(
            [*self._enter, *command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=timeout_seconds,
        )

    def run(self, *command: str, timeout_seconds: float = 60.0) -> str:
        """The same for a program that is to succeed; returns what it printed."""
        done = self.call(*command, timeout_seconds=timeout_seconds)
        assert done.returncode == 0, f"{' '.join(command)}: status {done.returncode}\n{done.stdout}"
        return done.stdout

    def path(self, inside: str) -> Path:
        """The same file, for who looks from this machine. Symbolic links on the way lead to this machine's files."""
        return Path(f"/proc/{self.pid1}/root{inside}")

    def write(self, inside: str, text: str, mode: int = 0o644) -> None:
        """A file there; folders on the way are made."""
        path = self.path(inside)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        path.chmod(mode)

    def bind(self, folder: Path, inside: str) -> None:
        """A folder of this machine's at another place there, read-only; that place is made."""
        self.path(inside).mkdir(parents=True, exist_ok=True)
        self.run("mount", "--bind", str(folder), inside)
        self.run("mount", "-o", "remount,bind,ro", inside)


def refusal() -> str | None:
    """Why no machine can be booted here; None where one can."""
    if os.geteuid() != 0:
        return "a real systemd is booted by root only"
    if not SYSTEMD.exists():
        return "no systemd is installed"
    missing = [program for program in PROGRAMS if shutil.which(program) is None]
    if missing:
        return f"{' and '.join(missing)} can't be found"
    if not (HIERARCHIES / "systemd").is_dir():
        return "the control groups are not version 1"
    return None


@contextmanager
def booted_box() -> Iterator[Box]:
    """Boots one, and ends it with all that runs in it."""
    with (
        tempfile.TemporaryDirectory(prefix="punctuald-box-") as folder,
        made_groups(Path(folder).name) as groups,
        (Path(folder) / "log").open("wb") as log,
    ):
        (Path(folder) / "layer").mkdir()
        launched = subprocess.Popen(
            [*_tethered(*joining(groups)), *_unshared(Path(folder) / "layer")],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            yield _up(launched, Path(folder) / "log")
        finally:
            launched.kill()
            launched.wait()


def _tethered(*program: str) -> list[str]:
    """However this process ends, so does the machine."""
    return [sys.executable, "-P", tethered.__file__, str(os.getpid()), tethered.EXEC, *program]


def _unshared(layer: Path) -> list[str]:
    namespaces = ["--pid", "--fork", "--kill-child", "--mount", "--uts", "--ipc", "--cgroup"]
    return ["unshare", *namespaces, str(BOOT), str(layer)]


def _up(launched: subprocess.Popen[bytes], log: Path) -> Box:
    """Waits until systemd has nothing left to start."""
    state = ""
    give_up_mono = CLOCK.mono() + BOOT_SECONDS
    while launched.poll() is None and CLOCK.mono() < give_up_mono:
        for pid1 in psutil.Process(launched.pid).children():
            box = Box(pid1.pid)
            state = box.call("systemctl", "is-system-running").stdout.strip()
            if state in UP:
                return box
        time.sleep(LOOK_SECONDS)
    raise AssertionError(f"systemd did not come up (status {launched.poll()}, {state!r}): {log.read_text()}")
