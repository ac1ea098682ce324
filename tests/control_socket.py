"""The control socket of a daemon under test, in a directory of the test's own."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from punctuald.process.control.client import NoAnswerError, ask
from punctuald.process.control.socket_path import socket_name

PATIENCE_SECONDS = 25.0
LOOK_SECONDS = 0.02


class ControlSocket:
    """Of the daemon of that configuration; a daemon that is killed leaves its socket there."""

    def __init__(self, directory: Path, config_path: Path) -> None:
        self.directory = directory / "run"
        self.path = self.directory / socket_name(config_path)
        self._scaled_to: int | None = None

    @property
    def environ(self) -> Mapping[str, str]:
        """What daemon and commands are started with."""
        self.directory.mkdir(parents=True, exist_ok=True)
        return {"RUNTIME_DIRECTORY": str(self.directory)}

    def ask(self, verb: str, **arguments: object) -> Mapping[str, Any]:
        """The daemon's answer, as soon as it listens."""
        give_up_mono = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < give_up_mono:
            with suppress(NoAnswerError):
                return ask(self.path, verb, PATIENCE_SECONDS, **arguments)
            time.sleep(LOOK_SECONDS)
        raise AssertionError(f"nobody answers at {self.path}")

    def scale_by(self, workers: int) -> None:
        """So many workers more (or fewer, below 0) than were wanted before."""
        wanted = self._scaled_to or self.ask("status")["pool"]["workers_wanted"]
        self._scaled_to = wanted + workers
        self.ask("scale", workers=self._scaled_to)
