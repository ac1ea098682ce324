"""The terminal that `punctuald top` takes for itself, and gives back as it was."""

from __future__ import annotations

import os
import sys
import termios
import tty
from collections.abc import Sequence
from contextlib import suppress
from io import StringIO
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.text import Text

from punctuald.view.terminal.top.screen import Size

_ENTER = "\x1b[?1049h\x1b[?25l\x1b[2J"  # the alternate screen, no cursor, empty
_LEAVE = "\x1b[?25h\x1b[?1049l"
_HOME = "\x1b[H"
_SMALLEST = Size(1, 1)


class FullScreen:
    """As a context: taken while it is entered; given back when it is left, in whichever way."""

    def __init__(self, keyboard: int, output: int) -> None:
        self._keyboard = keyboard
        self._output = output
        self._before = termios.tcgetattr(keyboard)
        self._shown = ""

    def __enter__(self) -> Self:
        self.take()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.give_back()

    def take(self) -> None:
        """Show our pages alone, and have keys one by one: cbreak mode, in which Ctrl-C and Ctrl-Z are still signals."""
        tty.setcbreak(self._keyboard)
        self._write(_ENTER)
        self.forget()

    def give_back(self) -> None:
        """Make it as it was before."""
        with suppress(OSError, termios.error):  # the terminal is gone: there is nothing left to give back
            self._write(_LEAVE)
            termios.tcsetattr(self._keyboard, termios.TCSADRAIN, self._before)

    def size(self) -> Size:
        """As it is now; of a serial line, which has none, the usual 80 x 24."""
        width, height = os.get_terminal_size(self._output)
        return Size(max(width, _SMALLEST.width), max(height, _SMALLEST.height)) if width and height else Size(80, 24)

    def show(self, lines: Sequence[Text], size: Size) -> None:
        """All lines of the page, each as wide as the terminal. What is shown already is not sent again."""
        page = _HOME + "\r\n".join(self._coloured(lines, size).split("\n"))
        if page != self._shown:
            self._write(page)
            self._shown = page

    def forget(self) -> None:
        """Others have written to the terminal, or it has another size."""
        self._shown = ""

    def _coloured(self, lines: Sequence[Text], size: Size) -> str:
        """As many colours as the terminal has by TERM and COLORTERM, and none with NO_COLOR."""
        console = Console(file=StringIO(), force_terminal=True, width=size.width, height=size.height, highlight=False)
        with console.capture() as capture:
            console.print(Text("\n").join(lines), end="", no_wrap=True, overflow="crop")
        return capture.get()

    def _write(self, text: str) -> None:
        data = text.encode(sys.stdout.encoding or "utf-8", "replace")
        while data:
            data = data[os.write(self._output, data) :]
