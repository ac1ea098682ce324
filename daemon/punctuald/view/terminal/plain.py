"""Text for any terminal, without a package for it: columns, and what somebody else wrote, made harmless."""

from __future__ import annotations

from collections.abc import Sequence

GAP = "  "
CUT = "…"


def visible(text: str, most: int | None = None) -> str:
    """``text`` in one line, with escapes for what a terminal would act upon or not show; cut to ``most`` characters.

    Control characters could rename the window, move the cursor or hide what follows, and so could Unicode's for the
    direction of writing.
    """
    shown = "".join(_shown(character) for character in (text if most is None else text[:most]))
    return shown + CUT if most is not None and len(text) > most else shown


def columns(head: Sequence[str], rows: Sequence[Sequence[str]], *, words: int = 1) -> list[str]:
    """Lines of a table; the first ``words`` columns are to the left, the others, numbers, to the right."""
    table = [list(head), *map(list, rows)]
    widths = [max(len(row[place]) for row in table) for place in range(len(head))]
    return [
        GAP.join(
            cell.ljust(width) if place < words else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in table
    ]


def _shown(character: str) -> str:
    return character if character.isprintable() else character.encode("unicode_escape").decode()
