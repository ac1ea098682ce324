"""A simulation's report for a person: messages in time, workers paid for, calls to SQS; one row a scaler."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.text import Text

from punctuald.simulate.compare.measured_run import MeasuredRun
from punctuald.simulate.engine.fleet import HostsResult
from punctuald.simulate.engine.result import Result
from punctuald.simulate.scalers.explanation import Explanation

from .human import human_seconds, human_share
from .tables import NOTHING, alert, plain_table

SECONDS_PER_HOUR = 3600
HOST_COLUMNS = ("most", "hours", "changes")


def render_simulation(run: MeasuredRun) -> RenderableType:
    """The whole report, for `rich.console.Console.print`."""
    result = run.result
    hours = result.seconds / SECONDS_PER_HOUR
    title = f"{result.trace}: {result.messages:,} messages in {hours:.2f} h, seed {result.seed}"
    tiers = [_tiers(one, run.objective) for one in run.results]
    notes = [Text(run.clairvoyant.note, style="yellow")] if run.clairvoyant and run.clairvoyant.note else []
    daemons = [_daemons(result)] if len(result.daemons) > 1 else []
    daemons += [_hosts(result.hosts)] if result.hosts else []
    return Group(Text(title, style="bold"), *tiers, _pools(run), *daemons, _requests(run), *notes)


def render_decision(moment: str, explanation: Explanation) -> RenderableType:
    """One decision: what was decided and why, then the numbers behind it."""
    table = plain_table("What it was made of", "field", "")
    table.show_header = False
    for name, value in explanation.numbers.items():
        table.add_row(name.replace("_", " "), NOTHING if value is None else str(value))
    title = Text(f"\nThe decision in force at {moment}", style="bold")
    made_of = [table] if table.rows else []
    return Group(title, *(Text(f"  {sentence}") for sentence in explanation.sentences), *made_of)


def _tiers(result: Result, objective: float) -> RenderableType:
    title = f"{result.scaler}: messages in time, objective {human_share(objective)}"
    table = plain_table(title, "tier", "within", "messages", "in time", "p50", "p95", "p99")
    for tier in (*result.tiers, result.everything):
        if not tier.messages:
            continue
        table.add_row(
            tier.name,
            NOTHING if tier.threshold_seconds is None else f"{tier.threshold_seconds:g} s",
            f"{tier.messages:,}",
            alert(human_share(tier.compliance), when=tier.compliance < objective),
            *(NOTHING if latency is None else human_seconds(latency) for latency in (tier.p50, tier.p95, tier.p99)),
        )
    return table


def _pools(run: MeasuredRun) -> RenderableType:
    columns = ("in time", "hours", "x best", "x work", "starts", "an hour", "changes")
    table = plain_table("Workers: hours, against the clairvoyant plan and the pure work", "scaler", *columns)
    for result in run.results:
        compliance, of_clairvoyant = result.everything.compliance, run.of_clairvoyant(result)
        table.add_row(
            result.scaler,
            alert(human_share(compliance), when=compliance < run.objective),
            f"{result.worker_seconds / SECONDS_PER_HOUR:,.2f}",
            NOTHING if of_clairvoyant is None else f"{of_clairvoyant:.3f}",
            f"{result.of_pure_work:.3f}",
            f"{result.starts:,}",
            f"{result.starts_per_hour:,.1f}",
            f"{result.scale_events:,}",
        )
    return table


def _daemons(result: Result) -> RenderableType:
    table = plain_table("Daemons on the queue", "daemon", "most workers", "hours", "starts")
    for number, daemon in enumerate(result.daemons, start=1):
        hours = daemon.worker_seconds / SECONDS_PER_HOUR
        table.add_row(str(number), f"{daemon.most_ordered}", f"{hours:,.2f}", f"{daemon.starts:,}")
    return table


def _hosts(hosts: HostsResult) -> RenderableType:
    table = plain_table(
        "Hosts of the group, from the order of each to the end of its last worker", "scaler", *HOST_COLUMNS
    )
    table.add_row(hosts.law, f"{hosts.most}", f"{hosts.host_seconds / SECONDS_PER_HOUR:,.2f}", f"{hosts.changes:,}")
    return table


def _requests(run: MeasuredRun) -> RenderableType:
    table = plain_table("Calls to SQS, estimated", "scaler", "receive", "empty", "delete", "depth", "all", "cost")
    for result in run.results:
        calls = result.requests
        counts = (calls.receives, calls.empty_receives, calls.deletes, calls.depth_reads, calls.total)
        table.add_row(result.scaler, *(f"{count:,}" for count in counts), f"${calls.dollars:,.2f}")
    return table
