"""What the tables of all reports have in common."""

from __future__ import annotations

from rich import box
from rich.table import Table
from rich.text import Text

NOTHING = "-"
WORDS = frozenset({"", "tier", "stage", "scaler", "field"})
"""Columns that hold words and not numbers."""


def plain_table(title: str, *columns: str) -> Table:
    """A table without a frame: words to the left, numbers to the right."""
    table = Table(title=f"\n{title}", title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, show_edge=False)
    for index, column in enumerate(columns):
        table.add_column(column, justify="left" if column in WORDS else "right", no_wrap=index == 0)
    return table


def alert(text: str, *, when: bool, style: str = "bold red") -> Text:
    """The text, to be noticed ``when`` something is wrong."""
    return Text(text, style=style if when else "")
