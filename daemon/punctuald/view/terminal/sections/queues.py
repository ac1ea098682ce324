"""Queues: how much waits and for how long, what comes and what is done, and what is the matter with one."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from punctuald.view.terminal.human import short_count, short_rate, short_seconds
from punctuald.view.terminal.printable import known, printable

from .columns import Cell, Column, table_lines
from .document import Document, part, parts

AVAILABLE = "available"

_COLUMNS = (
    Column("QUEUE", justify="left"),
    Column("STATE", 11, "left"),
    Column("DEPTH", 6),
    Column("FLIGHT", 6),
    Column("DELAYED", 7, from_width=100),
    Column("HEAD AGE", 8),
    Column("IN/S", 6),
    Column("RECV/S", 6, from_width=110),
    Column("DONE/S", 6),
    Column("FAILED", 6, from_width=70),
    Column("AGAIN", 6, from_width=110),
    Column("DEAD", 6, from_width=100),
    Column("LIMITS", 26, "left", from_width=130),
)


def queue_lines(document: Document, width: int, selected: int | None = None) -> list[Text]:
    """Titles, and a line a queue; the one of that number is marked, where there is one."""
    queues = parts(document, "queues")
    return table_lines(_COLUMNS, [_cells(queue, _mark(at, selected)) for at, queue in enumerate(queues)], width)


def queue_trouble(queue: Document) -> Text | None:
    """What is the matter with a queue, in a sentence of its daemon's; None where nothing is."""
    text = queue.get("text")
    return Text(f"{known(queue.get('queue'))}: {printable(text)}", style="red") if text else None


def _mark(at: int, selected: int | None) -> str:
    if selected is None:
        return ""
    return "> " if at == selected else "  "


def _cells(queue: Document, mark: str) -> Sequence[Cell]:
    return (
        Text(f"{mark}{known(queue.get('queue'))}", style="bold" if mark.strip() else ""),
        _state(queue),
        *(short_count(queue.get(name)) for name in ("backlog", "in_flight_at_source", "delayed")),
        short_seconds(queue.get("head_age_seconds")),
        *(short_rate(queue.get(f"{name}_per_second")) for name in ("arrivals", "received", "done")),
        *(short_count(queue.get(name)) for name in ("failed", "redelivered", "dead_lettered")),
        _limits(part(queue, "limits")),
    )


def _state(queue: Document) -> Text:
    state = "paused" if queue.get("paused") else known(queue.get("state"))
    return Text(state, style="" if state == AVAILABLE else "bold yellow")


def _limits(limits: Document) -> str:
    """Only those that there are."""
    concurrency, rate, weight = (limits.get(name) for name in ("concurrency", "rate_per_second", "weight"))
    said = [
        "" if concurrency is None else f"{concurrency} at once",
        "" if rate is None else f"{rate:g}/s",
        "" if weight in {None, 1} else f"weight {weight:g}",
    ]
    return ", ".join(filter(None, said))
