"""`punctuald produce`: send sample telemetry events to a queue."""

from __future__ import annotations

from dataclasses import asdict

import click
import orjson

from punctuald.clock import SystemClock
from punctuald.demo.produce import Production, Schedule, produce
from punctuald.demo.sender import open_queue
from punctuald.demo.telemetry import TelemetryFeed
from punctuald.process.exit_status import ExitStatus

from .schedule_options import schedule_options


@click.command("produce")
@schedule_options
@click.option("--queue", default="telemetry", show_default=True, help="The queue's name or URL.")
@click.option("--endpoint-url", default="", help="An SQS server other than AWS.")
@click.option("--region", default="", help="The AWS region; without it, AWS's own setting.")
@click.option("--fifo-groups", default=10, show_default=True, type=click.IntRange(1), help="Groups, for a FIFO queue.")
@click.option("--tier", default="", help="The SLA tier to name in each message, as attribute sla_tier.")
@click.option(
    "--delay",
    "delay_seconds",
    default=0,
    show_default=True,
    type=click.IntRange(0, 900),
    help="Seconds until an event is due: it is sent with DelaySeconds, and with the due time as attribute not_before.",
)
@click.option("--seed", type=int, help="Send the same readings and ids every time.")
@click.option("--json", "as_json", is_flag=True, help="Report as one JSON object.")
def command(
    schedule: Schedule,
    queue: str,
    endpoint_url: str,
    region: str,
    fifo_groups: int,
    tier: str,
    delay_seconds: int,
    seed: int | None,
    *,
    as_json: bool,
) -> int:
    """Send sample telemetry events to a queue, at a rate kept in absolute time.

    The status is 1 if an event could not be sent.
    """
    sender = open_queue(
        queue,
        region=region,
        endpoint_url=endpoint_url,
        fifo_groups=fifo_groups,
        tier=tier,
        delay_seconds=delay_seconds,
    )
    clock = SystemClock()
    production = produce(schedule, TelemetryFeed(seed=seed, clock=clock), sender.send, clock=clock)
    click.echo(_machine_report(production) if as_json else _report(production))
    if not production.problem:
        return ExitStatus.OK
    click.echo(production.problem, err=True)
    return ExitStatus.FAILED


def _report(production: Production) -> str:
    sent = f"sent {len(production.sent_ids)} of {production.planned} events in {production.seconds:.2f} s"
    return f"{sent} ({production.per_second:.1f} a second), at most {production.late_max_seconds * 1000:.1f} ms late"


def _machine_report(production: Production) -> str:
    fields = {**asdict(production), "per_second": production.per_second, "sent": len(production.sent_ids)}
    del fields["sent_ids"]  # too many for a report: there may be a hundred thousand
    return orjson.dumps(fields).decode()
