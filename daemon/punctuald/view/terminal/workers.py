"""`punctuald workers` for a person: each worker, and each message that it runs."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from .human import short_seconds
from .printable import known
from .sections.columns import Cell, Column, table_lines
from .sections.document import Document, parts
from .sections.pool import pool_line
from .sections.workers import worker_lines
from .text_page import page_text

_COLUMNS = (
    Column("#", 3),
    Column("SLOT", 4),
    Column("SINCE", 7),
    Column("QUEUE", 24, "left"),
    Column("MESSAGE", justify="left"),
)


def workers_text(document: Document, width: int) -> str:
    """``document`` and ``width`` as for `status_text`. What runs is listed in the order in which it began."""
    running = [(worker, message) for worker in parts(document, "workers") for message in parts(worker, "running")]
    rows = sorted(running, key=lambda each: -(each[1].get("seconds") or 0.0))
    messages = table_lines(_COLUMNS, [_cells(*row) for row in rows], width) if rows else [Text("no message runs")]
    return page_text([[pool_line(document, width)], worker_lines(document, width), messages], width)


def _cells(worker: Document, message: Document) -> Sequence[Cell]:
    return (
        known(worker.get("worker")),
        known(message.get("slot")),
        short_seconds(message.get("seconds")),
        known(message.get("queue")),
        known(message.get("message_id")),
    )
