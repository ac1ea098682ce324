"""Workers: state, load, the lag of their loop, and which message they have been at for how long."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from punctuald.view.terminal.human import short_bytes, short_count, short_rate, short_seconds
from punctuald.view.terminal.printable import NO_LIMIT, known

from .columns import Cell, Column, table_lines
from .document import Document, parts
from .slot_uses import slot_uses

READY = "ready"
_LONGEST_QUEUE = 16

_BEFORE_BUSY = (
    Column("#", 3),
    Column("PID", 7, from_width=70),
    Column("STATE", 11, "left"),
    Column("UP", 7, from_width=100),
    Column("GEN", 3, from_width=110),
)
_BUSY_WIDTH = 7
_AFTER_BUSY = (
    Column("HELD", 4, from_width=70),
    Column("HANDLED", 7, from_width=100),
    Column("DONE/S", 6),
    Column("LAG", 6),
    Column("BEAT", 7, from_width=110),
    Column("MEMORY", 8, from_width=130),
    Column("SINCE", 7),
    Column("MESSAGE", justify="left"),
)


def worker_lines(document: Document, width: int) -> list[Text]:
    """Titles, and a line a worker. Of the messages that it runs it shows the one that began first."""
    longest = NO_LIMIT if width == NO_LIMIT else _LONGEST_QUEUE
    workers = parts(document, "workers")
    busy = Column("BUSY", max([_BUSY_WIDTH, *(len(_busy(worker)) for worker in workers)]))
    columns = (*_BEFORE_BUSY, busy, *_AFTER_BUSY)
    return table_lines(columns, [_cells(worker, longest) for worker in workers], width)


def _cells(worker: Document, longest_queue: int) -> Sequence[Cell]:
    running = sorted(parts(worker, "running"), key=lambda each: -(each.get("seconds") or 0.0))
    return (
        known(worker.get("worker")),
        known(worker.get("pid")),
        _state(worker.get("state")),
        short_seconds(worker.get("up_seconds")),
        known(worker.get("generation")),
        _busy(worker),
        short_count(worker.get("held")),
        short_count(worker.get("handled")),
        short_rate(worker.get("handled_per_second")),
        short_seconds(worker.get("loop_lag_seconds")),
        short_seconds(worker.get("heartbeat_seconds")),
        short_bytes(worker.get("pss_bytes")),
        short_seconds(running[0].get("seconds")) if running else "",
        _message(running, longest_queue),
    )


def _busy(worker: Document) -> str:
    return " ".join(slot_uses(worker))


def _state(state: str | None) -> Text:
    return Text(known(state).replace("_", " "), style="" if state == READY else "bold yellow")


def _message(running: Sequence[Document], longest_queue: int) -> str:
    if not running:
        return ""
    queue = known(running[0].get("queue"))
    short = queue if len(queue) <= longest_queue else f"{queue[: longest_queue - 1]}…"
    others = f"+{len(running) - 1} " if len(running) > 1 else ""
    return f"{others}{short} {known(running[0].get('message_id'))}"
