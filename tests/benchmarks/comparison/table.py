"""The contestants side by side, for people."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from rich import box
from rich.console import Console
from rich.table import Table

from benchmarks.comparison.contestants import OURS
from benchmarks.comparison.row import Row

BUSY_SERVER_SHARE = 0.85
UNKNOWN = "-"
Part = TypeVar("Part")
Column = tuple[str, Callable[[Row], str]]


def print_tables(rows: Sequence[Row], console: Console) -> None:
    """Who they are, three tables, and what failed."""
    ours = next(row for row in rows if row.name == OURS)
    for row in rows:
        console.print(f"{row.name}: {row.versions or row.failures.get('installation', UNKNOWN)}")
    _print("Trivial handler, canned server", _trivial(ours), rows, console)
    _print("Handlers that work, one worker; and light load", WORKING, rows, console)
    _print("A backlog on fauxqs, trivial handler, one worker", _backlog(ours), rows, console)
    for row in rows:
        for what, why in row.failures.items():
            console.print(f"[red]{row.name}, {what}: {why}[/red]")
        for workers, window in ((1, row.one_worker), (2, row.two_workers)):
            if window is not None and window.server_share > BUSY_SERVER_SHARE:
                console.print(f"{row.name}, {workers} workers: the server was the limit ({window.server_share:.0%})")


def _print(title: str, columns: Sequence[Column], rows: Sequence[Row], console: Console) -> None:
    table = Table(title=f"\n{title}", title_justify="left", title_style="bold", box=box.SIMPLE_HEAD)
    table.add_column("", no_wrap=True)
    for heading, _cell in columns:
        table.add_column(heading, justify="right")
    for row in rows:
        table.add_row(row.name, *(cell(row) for _heading, cell in columns))
    console.print(table)


def _trivial(ours: Row) -> Sequence[Column]:
    def one(row: Row) -> float | None:
        return _of(row.one_worker, lambda part: part.messages_per_cpu_second)

    return (
        ("messages per CPU-s", lambda row: _number(one(row))),
        ("ours is … times it", lambda row: _ratio(one(ours), one(row))),
        ("CPU-s per 10,000", lambda row: _ratio(10_000, one(row))),
        ("msg/s, 1 worker", lambda row: _number(_of(row.one_worker, lambda part: part.messages_per_second))),
        ("msg/s, 2 workers", lambda row: _number(_of(row.two_workers, lambda part: part.messages_per_second))),
        ("PSS, MiB", lambda row: _number(_of(row.one_worker, lambda part: part.pss_mib))),
        ("requests per message", lambda row: _number(_of(row.one_worker, lambda part: part.requests_per_message), 3)),
        ("server's core", lambda row: _percent(_of(row.one_worker, lambda part: part.server_share))),
    )


WORKING: Sequence[Column] = (
    ("1 ms of CPU, msg/s", lambda row: _number(_of(row.spinning, lambda part: part.messages_per_second))),
    ("of a bare loop", lambda row: _percent(row.spinning_share)),
    ("by CPU", lambda row: _percent(row.spinning_cpu_share)),
    ("20 ms asleep, msg/s", lambda row: _number(_of(row.sleeping, lambda part: part.messages_per_second))),
    ("slots", lambda row: str(row.slots)),
    ("of slots / sleep", lambda row: _percent(row.sleeping_share)),
    ("added ms, p50", lambda row: _number(row.added_ms(0.5), 1)),
    ("p95", lambda row: _number(row.added_ms(0.95), 1)),
)


def _backlog(ours: Row) -> Sequence[Column]:
    def drained(row: Row) -> float | None:
        return _of(row.drain, lambda part: part.messages_per_cpu_second)

    return (
        ("messages per CPU-s", lambda row: _number(drained(row))),
        ("ours is … times it", lambda row: _ratio(drained(ours), drained(row))),
        ("CPU-s per 10,000", lambda row: _ratio(10_000, drained(row))),
        ("msg/s", lambda row: _number(_of(row.drain, lambda part: part.messages_per_second))),
    )


def _of(part: Part | None, number: Callable[[Part], float]) -> float | None:
    return None if part is None else number(part)


def _number(value: float | None, digits: int = 0) -> str:
    return UNKNOWN if value is None else f"{value:,.{digits}f}"


def _percent(value: float | None) -> str:
    return UNKNOWN if value is None else f"{value:.0%}"


def _ratio(value: float | None, of: float | None) -> str:
    return UNKNOWN if value is None or of is None else f"{value / of:.2f}"
