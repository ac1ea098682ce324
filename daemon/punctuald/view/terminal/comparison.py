"""A comparison of laws of scaling for a person: one table for each trace, and one over all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Group, RenderableType
from rich.text import Text

from .human import human_share
from .tables import alert, plain_table

MANY_SECONDS = 100  # fractions of a second mean nothing beyond
LEGEND = """
all, tight: % in time, of all messages and of the tightest tier's
p95, p99: seconds from sending to the end
x best: worker-seconds as a multiple of the clairvoyant plan's
starts, steps: processes forked and changes of the target, an hour
calls: to SQS, millions"""


@dataclass(frozen=True, slots=True)
class LawRow:
    """One law on one trace; ``cost`` is a multiple of the clairvoyant plan's worker-seconds."""

    scaler: str
    label: str
    tuned: bool
    compliance: float
    tightest: float
    worst: float
    p95: float
    p99: float
    worker_seconds: float
    cost: float
    starts_per_hour: float
    scale_events_per_hour: float
    requests: float


@dataclass(frozen=True, slots=True)
class TraceTable:
    """One trace."""

    trace: str
    hours: float
    rows: tuple[LawRow, ...]


@dataclass(frozen=True, slots=True)
class StandingRow:
    """One law over all traces; ``undercut`` on so many by a cheaper one that also reached the goal."""

    scaler: str
    tuned: bool
    traces: int
    reached: int
    worst: float
    cost: float
    starts_per_hour: float
    undercut: int


def render_comparison(tables: Sequence[TraceTable], summary: Sequence[StandingRow], goal: float) -> RenderableType:
    """All tables, for `rich.console.Console.print`. Without a summary, the traces alone."""
    parts = [part for table in tables for part in (_trace(table, goal), _settings(table))]
    return Group(*parts, *([_summary(summary, goal)] if summary else []), Text(LEGEND, style="dim"))


def _trace(table: TraceTable, goal: float) -> RenderableType:
    columns = ("all", "tight", "p95", "p99", "x best", "starts", "steps", "calls")
    drawn = plain_table(f"{table.trace}, {table.hours:.4g} h", "scaler", *columns)
    drawn.padding = (0, 1, 0, 0)  # or nine columns would not fit into 80 characters
    for row in table.rows:
        drawn.add_row(
            _name(row.scaler, tuned=row.tuned),
            *(_share(share, goal) for share in (row.compliance, row.tightest)),
            *(_seconds(latency) for latency in (row.p95, row.p99)),
            f"{row.cost:.3f}",
            f"{row.starts_per_hour:,.0f}",
            f"{row.scale_events_per_hour:,.0f}",
            f"{row.requests / 1e6:.2f}",
        )
    return drawn


def _share(share: float, goal: float) -> Text:
    return alert(human_share(share).removesuffix(" %"), when=share < goal)


def _seconds(seconds: float) -> str:
    """Without its unit and in few digits, so that a column stays narrow."""
    return f"{seconds:.2f}" if seconds < MANY_SECONDS else f"{seconds:,.0f}"


def _settings(table: TraceTable) -> RenderableType:
    settings = (f"  {row.scaler}{', tuned' if row.tuned else ''}: {row.label}" for row in table.rows)
    return Text("\n".join(settings), style="dim")


def _summary(rows: Sequence[StandingRow], goal: float) -> RenderableType:
    title = f"Over {rows[0].traces} traces; x best is the geometric mean"
    drawn = plain_table(title, "scaler", f"at {goal:.1%}", "worst %", "x best", "starts/h", "undercut on")
    for row in rows:
        drawn.add_row(
            _name(row.scaler, tuned=row.tuned),
            alert(f"{row.reached} of {row.traces}", when=row.reached < row.traces),
            _share(row.worst, goal),
            f"{row.cost:.3f}",
            f"{row.starts_per_hour:,.0f}",
            f"{row.undercut}",
        )
    return drawn


def _name(scaler: str, *, tuned: bool) -> str:
    """The tuned one stands below the published one."""
    return "  tuned" if tuned else scaler
