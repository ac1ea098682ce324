"""What the tables of all reports have in common."""

from __future__ import annotations

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from .printable import terminal_columns

NOTHING = "-"
WORDS = frozenset({"", "tier", "stage", "scaler", "field"})
"""Columns that hold words and not numbers."""
WIDEST_PAGE = 10_000
"""More than any row of ours has. A table without rows is filled up with spaces to the width of its page."""


def page_console() -> Console:
    """For a report on standard output, in whole where that is no terminal. `Console()` takes a pipe for 80 columns, or
    for the terminal that standard error is, and cuts names and numbers."""
    return Console(width=min(terminal_columns(), WIDEST_PAGE))


def plain_table(title: str, *columns: str) -> Table:
    """A table without a frame: words to the left, numbers to the right."""
    table = Table(title=f"\n{title}", title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, show_edge=False)
    for index, column in enumerate(columns):
        table.add_column(column, justify="left" if column in WORDS else "right", no_wrap=index == 0)
    return table


def alert(text: str, *, when: bool, style: str = "bold red") -> Text:
    """The text, to be noticed ``when`` something is wrong."""
    return Text(text, style=style if when else "")
