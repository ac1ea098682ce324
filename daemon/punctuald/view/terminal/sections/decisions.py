"""The last decisions about the number of workers, and why."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from punctuald.view.terminal.human import short_seconds
from punctuald.view.terminal.printable import known, printable

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
    most = part(document, "pool").get("max_workers")
    return table_lines(_COLUMNS, [_cells(decision, most) for decision in newest_first], width)


def _cells(decision: Document, max_workers: int | None) -> Sequence[Cell]:
    return (
        time_of_day(decision.get("utc")),
        known(decision.get("workers")),
        short_seconds(decision.get("head_age_seconds")),
        f"{known(decision.get('reason')).replace('_', ' ')}{_caps(part(decision, 'caps'), max_workers)}",
    )


def _caps(caps: Document, max_workers: int | None) -> str:
    """The guards that allow fewer than the configuration does."""
    tight = {name: limit for name, limit in caps.items() if max_workers is None or limit < max_workers}
    said = ", ".join(f"{printable(name).replace('_', ' ')} {limit}" for name, limit in tight.items())
    return f"  (at most: {said})" if said else ""
