"""A real daemon with a control socket, and the commands by which a person looks at it."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from process.daemon_under_test import DaemonUnderTest
from process.terminal.tmux import Tmux
from punctuald.process.control.client import ask

ANSWER_SECONDS = 10.0


class WatchedDaemon:
    """``runtime``: the directory of its socket."""

    def __init__(self, daemon: DaemonUnderTest, runtime: Path) -> None:
        self.daemon = daemon
        self._runtime = runtime
        self.config = daemon.directory / "config.toml"
        self._starts = 0

    def start(self) -> None:
        """And wait until it is ready; also once more, after it has ended."""
        self._starts += 1
        self.daemon.launch(RUNTIME_DIRECTORY=str(self._runtime))
        self.daemon.wait_for("daemon.ready", count=self._starts)

    @property
    def socket(self) -> Path:
        """Where it listens."""
        return Path(self.daemon.wait_for("control.listening")["socket"])

    def document(self) -> Mapping[str, Any]:
        """What it answers to `status`."""
        return ask(self.socket, "status", ANSWER_SECONDS)

    def command(self, name: str) -> list[str]:
        """`punctuald NAME` on this daemon."""
        return [sys.executable, "-m", "punctuald", name, "-c", str(self.config), "--socket", str(self.socket)]

    def top(self, width: int = 80, height: int = 24, **environ: str) -> Tmux:
        """`punctuald top` in a terminal of that size."""
        return Tmux(self.command("top"), {**os.environ, **environ}, width, height)

    def shell(self) -> Tmux:
        """A terminal with a shell, in which `top` is to be started by hand."""
        return Tmux(["sh"], {**os.environ, "ENV": ""})
