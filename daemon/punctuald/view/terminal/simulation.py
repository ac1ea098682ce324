"""A simulation's report for a person: promises kept, workers paid for, calls to SQS; one row a scaler."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rich.console import Group, RenderableType
from rich.text import Text

from .human import human_seconds, human_share
from .tables import NOTHING, alert, plain_table

SECONDS_PER_HOUR = 3600


@dataclass(frozen=True, slots=True)
class TierRow:
    """One tier under one scaler. Latencies in seconds; None where nothing was sent in it."""

    scaler: str
    name: str
    threshold_seconds: float | None
    messages: int
    compliance: float
    p50: float | None
    p95: float | None
    p99: float | None


@dataclass(frozen=True, slots=True)
class PoolRow:
    """What one scaler used. ``of_clairvoyant`` is None where that was not worked out."""

    scaler: str
    compliance: float
    worker_seconds: float
    of_pure_work: float
    of_clairvoyant: float | None
    starts: int
    starts_per_hour: float
    scale_events: int
    receives: int
    empty_receives: int
    deletes: int
    depth_reads: int
    requests: int
    dollars: float


@dataclass(frozen=True, slots=True)
class SimulationReport:
    """All that there is to show."""

    title: str
    objective: float
    tiers: tuple[TierRow, ...]
    pools: tuple[PoolRow, ...]
    notes: tuple[str, ...] = ()


def render_simulation(report: SimulationReport) -> RenderableType:
    """The whole report, for `rich.console.Console.print`."""
    tiers = [_tiers(report, pool.scaler) for pool in report.pools]
    notes = [Text(note, style="yellow") for note in report.notes]
    return Group(Text(report.title, style="bold"), *tiers, _pools(report), _requests(report), *notes)


def render_decision(moment: str, sentences: Sequence[str], numbers: Mapping[str, object]) -> RenderableType:
    """One decision: what was decided and why, then the numbers behind it."""
    table = plain_table("What it was made of", "field", "")
    table.show_header = False
    for name, value in numbers.items():
        table.add_row(name.replace("_", " "), NOTHING if value is None else str(value))
    title = Text(f"\nThe decision in force at {moment}", style="bold")
    return Group(title, *(Text(f"  {sentence}") for sentence in sentences), table)


def _tiers(report: SimulationReport, scaler: str) -> RenderableType:
    title = f"{scaler}: messages in time, objective {human_share(report.objective)}"
    table = plain_table(title, "tier", "within", "messages", "in time", "p50", "p95", "p99")
    for row in report.tiers:
        if row.scaler != scaler:
            continue
        table.add_row(
            row.name,
            NOTHING if row.threshold_seconds is None else f"{row.threshold_seconds:g} s",
            f"{row.messages:,}",
            alert(human_share(row.compliance), when=row.compliance < report.objective),
            *(NOTHING if latency is None else human_seconds(latency) for latency in (row.p50, row.p95, row.p99)),
        )
    return table


def _pools(report: SimulationReport) -> RenderableType:
    columns = ("in time", "hours", "x best", "x work", "starts", "an hour", "changes")
    table = plain_table("Workers: hours, against the clairvoyant plan and the pure work", "scaler", *columns)
    for row in report.pools:
        table.add_row(
            row.scaler,
            alert(human_share(row.compliance), when=row.compliance < report.objective),
            f"{row.worker_seconds / SECONDS_PER_HOUR:,.2f}",
            NOTHING if row.of_clairvoyant is None else f"{row.of_clairvoyant:.3f}",
            f"{row.of_pure_work:.3f}",
            f"{row.starts:,}",
            f"{row.starts_per_hour:,.1f}",
            f"{row.scale_events:,}",
        )
    return table


def _requests(report: SimulationReport) -> RenderableType:
    table = plain_table("Calls to SQS, estimated", "scaler", "receive", "empty", "delete", "depth", "all", "cost")
    for row in report.pools:
        counts = (row.receives, row.empty_receives, row.deletes, row.depth_reads, row.requests)
        table.add_row(row.scaler, *(f"{count:,}" for count in counts), f"${row.dollars:,.2f}")
    return table
