"""How far a report is, on stderr."""

from __future__ import annotations

from collections.abc import Callable

from punctuald.cli.progress_line import ProgressLine, to_stderr
from punctuald.clock import Clock

_ON_A_TERMINAL_SECONDS = 0.2
_IN_A_FILE_SECONDS = 5.0


class Steps:
    """Which step it is at, and how much of that is done."""

    def __init__(
        self, clock: Clock, write: Callable[[str], object] = to_stderr, *, terminal: bool | None = None
    ) -> None:
        self._line = ProgressLine(
            clock,
            write,
            on_a_terminal_seconds=_ON_A_TERMINAL_SECONDS,
            in_a_file_seconds=_IN_A_FILE_SECONDS,
            terminal=terminal,
        )

    def show(self, step: str, per_cent: float) -> None:
        """If it is time."""
        self._line.show(lambda: f"{step.replace('_', ' ')} {per_cent:.0f} %")

    def end(self) -> None:
        """Leave the terminal as it was."""
        self._line.end()
