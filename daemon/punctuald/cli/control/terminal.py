"""How wide what is printed may be."""

from __future__ import annotations

import shutil

WIDEST = 120
_NARROWEST = 60


def terminal_width() -> int:
    """Of the terminal, within reason; 80 where there is none."""
    return max(_NARROWEST, min(WIDEST, shutil.get_terminal_size((80, 24)).columns))
