"""The last decisions about the number of workers, and why."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from punctuald.view.terminal.human import UNKNOWN, short_seconds
from punctuald.view.terminal.printable import printable

from .columns import Cell, Column, table_lines
from .document import Document, part, parts
from .time_of_day import time_of_day

_COLUMNS = (
    Column("DECIDED", 8, "left"),
    Column("WORKERS", 7),
    Column("HEAD AGE", 8),
    Column("REASON", justify="left"),
)


def decision_lines(document: Document, width: int) -> list[Text]:
    """Titles, and a line a decision, the newest first."""
    newest_first = reversed(parts(document, "decisions"))
    return table_lines(_COLUMNS, [_cells(decision) for decision in newest_first], width)


def _cells(decision: Document) -> Sequence[Cell]:
    workers = decision.get("workers")
    return (
        time_of_day(decision.get("utc")),
        UNKNOWN if workers is None else str(workers),
        short_seconds(decision.get("head_age_seconds")),
        f"{printable(decision.get('reason') or UNKNOWN).replace('_', ' ')}{_caps(part(decision, 'caps'))}",
    )


def _caps(caps: Document) -> str:
    """The guards that allow so many and no more."""
    said = ", ".join(f"{printable(name).replace('_', ' ')} {limit}" for name, limit in caps.items())
    return f"  (at most: {said})" if said else ""
