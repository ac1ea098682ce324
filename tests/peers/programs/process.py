"""A server process in a session of its own, which a test may stop, kill, freeze and start again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from punctuald.demo import tethered

TESTS = Path(__file__).parents[2]
STOP_SECONDS = 20.0


class ServerProcess:
    """One at a time. It can't outlive us, nor the thread that started it (see `tethered`)."""

    def __init__(self, log_path: Path) -> None:
        self._log_path = log_path
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """Of the one that runs."""
        assert self._process is not None, "it does not run"
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        """Whether it runs, frozen or not."""
        return self._process is not None and self._process.poll() is None

    def start(self, command: Sequence[str]) -> None:
        """Returns at once."""
        assert not self.is_alive, "it runs already"
        with self._log_path.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-P", tethered.__file__, str(os.getpid()), tethered.EXEC, *command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # a group of its own: Ctrl-C is for us
            )

    def stop(self) -> None:
        """By SIGTERM: it says good-bye to its clients; by SIGKILL if that takes too long."""
        if self._process is None:
            return
        self.signal(signal.SIGCONT)
        self.signal(signal.SIGTERM)
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """At once, frozen or not; returns when it is gone."""
        if self._process is not None:
            self.signal(signal.SIGKILL)
            self._process.wait()

    def signal(self, number: signal.Signals) -> None:
        """To its whole group."""
        if self._process is not None and self._process.poll() is None:  # not reaped yet, so the number is its own
            os.killpg(self._process.pid, number)

    def last_words(self) -> str:
        """The end of what it has written."""
        return self._log_path.read_text(errors="replace")[-2000:] if self._log_path.exists() else ""


class Program(ABC):
    """``with … as program`` starts one that runs in a `ServerProcess`, and kills it at the end."""

    def __init__(self, log_path: Path) -> None:
        self._process = ServerProcess(log_path)

    @property
    def pid(self) -> int:
        """Of its process."""
        return self._process.pid

    @abstractmethod
    def start(self) -> None:
        """Returns when it is of use."""

    def stop(self) -> None:
        """By SIGTERM; returns when it is gone."""
        self._process.stop()

    def kill(self) -> None:
        """By SIGKILL; returns when it is gone."""
        self._process.kill()

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.kill()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.kill()  # nobody wants its data any more
