"""How far it is, on stderr."""

from __future__ import annotations

import sys
from collections.abc import Callable

import click

from punctuald.clock import Clock

_ON_A_TERMINAL_SECONDS = 0.2
_IN_A_FILE_SECONDS = 5.0
_CLEAR_LINE = "\r\x1b[K"


def _write(text: str) -> None:
    click.echo(text, err=True, nl=False)


class Steps:
    """Now and then a line: on a terminal always the same one, which `end` clears."""

    def __init__(self, clock: Clock, write: Callable[[str], None] = _write, *, terminal: bool | None = None) -> None:
        self._clock = clock
        self._write = write
        self._terminal = sys.stderr.isatty() if terminal is None else terminal
        self._interval_seconds = _ON_A_TERMINAL_SECONDS if self._terminal else _IN_A_FILE_SECONDS
        self._next_mono = clock.mono() + self._interval_seconds
        self._is_open = False

    def show(self, step: str, per_cent: float) -> None:
        """If it is time."""
        now_mono = self._clock.mono()
        if now_mono < self._next_mono:
            return
        self._next_mono = now_mono + self._interval_seconds
        line = f"{step.replace('_', ' ')} {per_cent:.0f} %"
        self._write(f"{_CLEAR_LINE}{line}" if self._terminal else f"{line}\n")
        self._is_open = self._terminal

    def end(self) -> None:
        """Leave the terminal as it was."""
        if self._is_open:
            self._write(_CLEAR_LINE)
            self._is_open = False
