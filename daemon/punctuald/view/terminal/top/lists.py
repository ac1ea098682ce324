"""A list that may be longer than its part of the screen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.text import Text


@dataclass(frozen=True, slots=True)
class Window:
    """Rows ``first`` to ``first + count`` of a list are shown. ``says_rest``: a last line says which these are."""

    first: int
    count: int
    says_rest: bool


def window(rows: int, lines: int, first: int) -> Window:
    """Of a list of ``rows`` in ``lines``, its title included, from row ``first`` or as near to it as fills them.

    Where they are not all shown the last line is for saying so, unless no row would be left then.
    """
    count = max(min(rows, lines - 1), 0)
    says_rest = 1 < count < rows
    count -= says_rest
    return Window(max(min(first, rows - count), 0), count, says_rest)


def around(rows: int, lines: int, row: int) -> Window:
    """The same with ``row`` in the middle, where the list does not end before."""
    return window(rows, lines, row - window(rows, lines, 0).count // 2)


def listed(table: Sequence[Text], shown: Window, rest: str) -> list[Text]:
    """The title, the rows of the window and, where there are more, ``rest`` behind which of them are shown."""
    title, rows = table[:1], table[1:]
    lines = [*title, *rows[shown.first : shown.first + shown.count]]
    if not shown.says_rest:
        return lines
    return [*lines, Text(f"  {shown.first + 1} to {shown.first + shown.count} of {len(rows)}{rest}", style="dim")]
