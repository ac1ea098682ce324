"""How far something is, on stderr, for as long as it lasts."""

from __future__ import annotations

import sys
from collections.abc import Callable

import click

from punctuald.clock import Clock

CLEAR_LINE = "\r\x1b[K"


def to_stderr(text: str) -> None:
    """Just that, without a line's end."""
    click.echo(text, err=True, nl=False)


class ProgressLine:
    """Now and then a line: on a terminal always the same one. ``terminal`` None: whatever stderr is."""

    def __init__(
        self,
        clock: Clock,
        write: Callable[[str], object] = to_stderr,
        *,
        on_a_terminal_seconds: float,
        in_a_file_seconds: float,
        terminal: bool | None = None,
    ) -> None:
        self._clock = clock
        self._write = write
        self._terminal = sys.stderr.isatty() if terminal is None else terminal
        self._interval_seconds = on_a_terminal_seconds if self._terminal else in_a_file_seconds
        self._next_mono = clock.mono() + self._interval_seconds
        self._is_open = False

    def show(self, line: Callable[[], str]) -> None:
        """If it is time."""
        now_mono = self._clock.mono()
        if now_mono < self._next_mono:
            return
        self._next_mono = now_mono + self._interval_seconds
        self._write(f"{CLEAR_LINE}{line()}" if self._terminal else f"{line()}\n")
        self._is_open = self._terminal

    def end(self, last: Callable[[], str] | None = None) -> None:
        """Leave the terminal as it was, or with the ``last`` line on it."""
        if self._is_open:
            self._write(CLEAR_LINE if last is None else f"{CLEAR_LINE}{last()}\n")
            self._is_open = False
