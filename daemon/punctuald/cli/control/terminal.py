"""How wide what is printed may be."""

from __future__ import annotations

import shutil

from punctuald.view.terminal.printable import NO_LIMIT

WIDEST = 120
_NARROWEST = 60


def terminal_width() -> int:
    """Of the terminal, within reason; `NO_LIMIT` where there is none, for what reads it wants whole names."""
    columns = shutil.get_terminal_size((0, 0)).columns
    return max(_NARROWEST, min(WIDEST, columns)) if columns else NO_LIMIT
