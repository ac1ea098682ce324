"""Tables whose columns stay where they are while their numbers change, in a terminal of any width."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from rich.text import Text

from punctuald.view.terminal.printable import NO_LIMIT

Cell = str | Text

GAP = 1
NARROWEST = 6
"""The least that is left to the column that takes the rest."""


@dataclass(frozen=True, slots=True)
class Column:
    """``width`` in cells; 0: as wide as its longest cell, within what the others leave, of which there is one a table.

    ``from_width``: in a terminal that is narrower, in cells, the column is left out.
    """

    title: str
    width: int = 0
    justify: Literal["left", "right"] = "right"
    from_width: int = 0


def table_lines(columns: Sequence[Column], rows: Sequence[Sequence[Cell]], width: int) -> list[Text]:
    """The titles, then a line for each row; no line is wider than ``width``."""
    shown = [index for index, column in enumerate(columns) if width >= column.from_width]
    cells = [[as_text(row[index]) for index in shown] for row in rows]
    titles = [Text(columns[index].title, style="bold") for index in shown]
    fitted = _widths([columns[index] for index in shown], [titles, *cells], width)
    return [_line([columns[index] for index in shown], row, fitted, width) for row in (titles, *cells)]


def as_text(cell: Cell) -> Text:
    """A text of its own, which may be cut."""
    return cell.copy() if isinstance(cell, Text) else Text(cell)


def cut(text: Text, width: int) -> Text:
    """``text`` in at most ``width`` cells; its end shows that there was more."""
    text.truncate(max(width, 0), overflow="ellipsis")
    return text


def _widths(columns: Sequence[Column], rows: Sequence[Sequence[Text]], width: int) -> list[int]:
    longest = [max(row[index].cell_len for row in rows) for index in range(len(columns))]
    if width == NO_LIMIT:
        return [max(column.width, cells) for column, cells in zip(columns, longest, strict=True)]
    left = width - sum(column.width for column in columns) - GAP * (len(columns) - 1)
    return [column.width or min(cells, max(left, NARROWEST)) for column, cells in zip(columns, longest, strict=True)]


def _line(columns: Sequence[Column], cells: Sequence[Text], widths: Sequence[int], width: int) -> Text:
    line = Text(" " * GAP).join(
        _fitted(cell, column, cells_wide) for column, cell, cells_wide in zip(columns, cells, widths, strict=True)
    )
    line.rstrip()
    return cut(line, width)


def _fitted(cell: Text, column: Column, width: int) -> Text:
    cell.truncate(width, overflow="ellipsis")
    missing = width - cell.cell_len
    (cell.pad_left if column.justify == "right" else cell.pad_right)(missing)
    return cell
