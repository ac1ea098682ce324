"""How wide what is printed may be."""

from __future__ import annotations

from punctuald.view.terminal.printable import NO_LIMIT, terminal_columns

WIDEST = 120
_NARROWEST = 60


def terminal_width() -> int:
    """Of the terminal, within reason; `NO_LIMIT` where there is none."""
    columns = terminal_columns()
    return columns if columns == NO_LIMIT else max(_NARROWEST, min(WIDEST, columns))
