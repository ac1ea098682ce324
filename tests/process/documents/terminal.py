"""A terminal in which a reader of the documentation types what it prints."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil

from punctuald.clock import SystemClock
from punctuald.demo.sandbox import NOWHERE

CLOCK = SystemClock()
PATIENCE_SECONDS = 40.0
"""For what surely comes: only a failing test waits so long."""
LOOK_SECONDS = 0.05
OWN_SETTINGS = ("AWS_", "PUNCTUALD__")
WITHOUT_AWS_AND_SOCKET = {"AWS_EC2_METADATA_DISABLED": "true", "XDG_RUNTIME_DIR": NOWHERE}


class Terminal:
    """Runs ``commands`` in ``directory`` by sh, as a group of its own; as a context it surely ends them.

    Of this process's environment the settings of AWS and punctuald are left out: what a page needs it has to say.
    A daemon has no control socket, unless ``environ`` says where: it would leave a lock in the machine's own directory.
    """

    def __init__(self, directory: Path, commands: str, **environ: str) -> None:
        self._output = directory / f"terminal-{time.monotonic_ns()}.txt"
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(OWN_SETTINGS)}
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        with self._output.open("wb") as output:
            self._process = subprocess.Popen(
                ["sh", "-e", "-c", commands],
                cwd=directory,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env={**inherited, **WITHOUT_AWS_AND_SOCKET, "PATH": path, **environ},
                start_new_session=True,
            )

    @property
    def shown(self) -> str:
        """All that was written so far."""
        return self._output.read_text(encoding="utf-8", errors="replace")

    def wait_for(self, text: str) -> None:
        """Until it is shown."""
        self.wait_until(lambda: text in self.shown, text)

    def wait_until(self, condition: Callable[[], bool], what: str) -> None:
        """Fails when the commands end before, or after a while, with the end of what was shown."""
        give_up_mono = CLOCK.mono() + PATIENCE_SECONDS
        while not condition():
            ended = self._process.poll() is not None and not condition()
            assert not ended, f"it ended before {what}:\n{self.shown[-4000:]}"
            assert CLOCK.mono() < give_up_mono, f"waited in vain for {what}:\n{self.shown[-4000:]}"
            time.sleep(LOOK_SECONDS)

    def wait_end(self) -> int:
        """The commands' status, once they have ended by themselves."""
        try:
            return self._process.wait(PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"it did not end:\n{self.shown[-4000:]}") from None

    def end(self, number: signal.Signals) -> None:
        """Signal all that it runs, as Ctrl-C does with SIGINT, and wait until all of it has ended.

        The shell dies of a SIGTERM before what it started has finished.
        """
        os.killpg(self._process.pid, number)
        give_up_mono = CLOCK.mono() + PATIENCE_SECONDS
        while self._running():
            assert CLOCK.mono() < give_up_mono, f"it did not end:\n{self.shown[-4000:]}"
            time.sleep(LOOK_SECONDS)

    def _running(self) -> list[int]:
        self._process.poll()
        group = self._process.pid
        processes = psutil.process_iter(["pid", "status"])
        return [p.pid for p in processes if p.info["status"] != psutil.STATUS_ZOMBIE and _is_of(group, p.pid)]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return
        finally:
            self._process.wait()


def _is_of(group: int, pid: int) -> bool:
    try:
        return os.getpgid(pid) == group
    except ProcessLookupError:
        return False
