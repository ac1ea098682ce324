"""Text of others on a terminal: names of queues and ids of messages may hold what a terminal would obey."""

from __future__ import annotations

import shutil
import sys
from typing import Any

from .human import UNKNOWN

CUT = "…"
NO_LIMIT = sys.maxsize
"""The width of what is no terminal: nothing is cut, and no column left out."""


def terminal_columns() -> int:
    """Of the terminal that standard output is; `NO_LIMIT` where it is a pipe or a file, for what reads that wants whole
    names."""
    return shutil.get_terminal_size((0, 0)).columns or NO_LIMIT


def printable(text: Any) -> str:
    r"""``text`` on one line, with what is no visible character escaped: ESC is ``\x1b``.

    These are control characters, line ends, what changes the direction of the text behind it, and halves of pairs.
    """
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in str(text))


def excerpt(text: str, most: int) -> str:
    """Its first ``most`` characters as `printable` text, with an ellipsis where there are more."""
    return printable(text[:most]) + (CUT if len(text) > most else "")


def known(value: Any) -> str:
    """``value`` as `printable` text, or `UNKNOWN` where it is None."""
    return UNKNOWN if value is None else printable(value)
