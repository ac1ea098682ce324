"""A terminal of a given size whose screen can be read: tmux's, with a server of its own."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil

from punctuald.clock import SystemClock

CLOCK = SystemClock()
PATIENCE_SECONDS = 25.0
"""For what surely comes: only a failing test waits so long."""
LOOK_SECONDS = 0.05
AS_A_JOB = 'trap : INT; "$@"; echo $? > "$0"'
"""Its status by way of a file: tmux 3.3 sometimes never asks for that of a command that ends."""


class Tmux:
    """Runs ``command`` in a terminal; as a context it surely ends it. The terminal stays when the command has ended."""

    def __init__(self, command: Sequence[str], environ: Mapping[str, str], width: int = 80, height: int = 24) -> None:
        self._directory = tempfile.TemporaryDirectory(prefix="tmux-")  # short: a socket's path has 107 bytes
        self._status = Path(self._directory.name) / "status"
        self._environ = {**environ, "TMUX_TMPDIR": self._directory.name, "LC_ALL": "C.UTF-8"}
        self._tmux("-f", os.devnull, "new-session", "-d", "-x", str(width), "-y", str(height), "cat")
        self._server = psutil.Process(int(self._asked("#{pid}")))
        self._tmux("set-option", "-g", "remain-on-exit", "on")
        self._tmux("set-option", "-g", "remain-on-exit-format", "")
        self._tmux("set-option", "-g", "status", "off")
        self._tmux("resize-window", "-x", str(width), "-y", str(height))
        self._tmux("respawn-pane", "-k", "sh", "-c", AS_A_JOB, str(self._status), *command)

    def screen(self, *, colours: bool = False) -> str:
        """What it shows now; with ``colours``, and the escape sequences that make them."""
        return self._tmux("capture-pane", "-p", "-N", *(["-e"] if colours else []))

    def lines(self) -> list[str]:
        """The screen's, as wide as it is."""
        return self.screen().split("\n")[:-1]

    def press(self, *keys: str) -> None:
        """As tmux names them: ``j``, ``Up``, ``PageDown``, ``C-z``."""
        self._tmux("send-keys", *keys)

    def enter(self, text: str) -> None:
        """Those characters, and the Enter key."""
        self._tmux("send-keys", "-l", text)
        self.press("Enter")

    def resize(self, width: int, height: int) -> None:
        """As a person who pulls at the window's corner."""
        self._tmux("resize-window", "-x", str(width), "-y", str(height))

    def wait_for(self, text: str) -> str:
        """The screen, once it shows that."""
        return self.wait_until(lambda screen: text in screen, text)

    def wait_until(self, condition: Callable[[str], bool], what: str) -> str:
        """The screen that fulfils it, awaited."""
        give_up_mono = CLOCK.mono() + PATIENCE_SECONDS
        while not condition(screen := self.screen()):
            assert CLOCK.mono() < give_up_mono, f"waited in vain for {what}; the screen is:\n{screen}"
            time.sleep(LOOK_SECONDS)
        return screen

    @property
    def process(self) -> psutil.Process:
        """The command's."""
        [process] = psutil.Process(int(self._asked("#{pane_pid}"))).children()
        return process

    def wait_end(self) -> int:
        """The command's status."""
        self.wait_until(lambda _: self._status.exists() and self._status.read_text() != "", "the end of the command")
        return int(self._status.read_text())

    def is_in_alternate_screen(self) -> bool:
        """Whether what was there before is hidden."""
        return self._asked("#{alternate_on}") == "1"

    def shows_cursor(self) -> bool:
        """Whether the cursor is visible."""
        return self._asked("#{cursor_flag}") == "1"

    def _asked(self, variable: str) -> str:
        return self._tmux("display-message", "-p", variable).strip()

    def _tmux(self, *arguments: str) -> str:
        done = subprocess.run(
            ["tmux", *arguments], env=self._environ, capture_output=True, text=True, check=False, timeout=20
        )
        assert done.returncode == 0, f"tmux {arguments}: {done.stderr}"
        return done.stdout

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._tmux("kill-server")
        self._server.wait(PATIENCE_SECONDS)
        self._directory.cleanup()
