"""A headless Chromium, driven by the DevTools protocol over a pipe: https://chromedevtools.github.io/devtools-protocol/."""

from __future__ import annotations

import os
import select
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import orjson

from punctuald.clock import SystemClock

PROGRAM = shutil.which("chromium")
PATIENCE_SECONDS = 60.0
"""For an answer: on a machine that others use a browser takes its time to start."""

Message = Mapping[str, Any]
CLOCK = SystemClock()

_FLAGS = (
    *("--headless=new", "--remote-debugging-pipe", "--no-first-run", "--disable-gpu", "--disable-dev-shm-usage"),
    *("--disable-background-networking", "--disable-component-update", "--hide-scrollbars", "--mute-audio"),
    "--no-sandbox",  # it refuses to start as root with one; it sees nothing but pages of ours
)


class Chromium:
    """It reads its commands from descriptor 3 and writes to 4, each message ended by a zero byte."""

    def __init__(self, profile: Path) -> None:
        assert PROGRAM is not None
        read_end, self._to = os.pipe()
        self._from, write_end = os.pipe()
        # A shell puts the descriptors where Chromium looks for them; Popen keeps each at its own number.
        self._process = subprocess.Popen(
            [
                "bash",
                "-c",
                f'exec "$@" 3<&{read_end} 4>&{write_end}',
                "bash",
                PROGRAM,
                *_FLAGS,
                f"--user-data-dir={profile}",
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=(read_end, write_end),
        )
        os.close(read_end)
        os.close(write_end)
        self._unread = b""
        self._number = 0
        self._events: list[Message] = []

    def ask(self, method: str, session: str = "", **parameters: Any) -> Message:
        """Its answer to one command; what else it says meanwhile is kept for `events`."""
        self._number += 1
        command = {"id": self._number, "method": method, "params": parameters}
        os.write(self._to, orjson.dumps({**command, "sessionId": session} if session else command) + b"\0")
        until_mono = CLOCK.mono() + PATIENCE_SECONDS
        while True:
            message = self._next(until_mono - CLOCK.mono())
            assert message is not None, f"no answer to {method}"
            if message.get("id") == self._number:
                assert "error" not in message, f"{method}: {message['error']}"
                answer: Message = message["result"]
                return answer
            self._events.append(message)

    def events(self, session: str, wanted: Callable[[Message], bool]) -> list[Message]:
        """What it said so far of one page."""
        while (message := self._next(0.0)) is not None:
            self._events.append(message)
        return [each for each in self._events if each.get("sessionId") == session and wanted(each)]

    def close(self) -> None:
        """End it, with all its processes."""
        os.close(self._to)  # the end of its commands is the end of it
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        os.close(self._from)

    def _next(self, seconds: float) -> Message | None:
        """None where no whole message came in that time."""
        while b"\0" not in self._unread:
            if not select.select([self._from], [], [], max(0.0, seconds))[0]:
                return None
            data = os.read(self._from, 1 << 20)
            assert data, "the browser ended"
            self._unread += data
        line, _, self._unread = self._unread.partition(b"\0")
        message: Message = orjson.loads(line)
        return message
