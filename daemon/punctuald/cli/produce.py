"""`punctuald produce`: send sample telemetry events to a queue, a topic or a stream."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import click
import orjson

from punctuald.clock import SystemClock
from punctuald.demo.produce import Production, Schedule, produce
from punctuald.demo.telemetry import TelemetryFeed
from punctuald.process.exit_status import ExitStatus

from .produce_to import DEFAULT_QUEUE, Destination
from .schedule_options import schedule_options


@click.command("produce")
@schedule_options
@click.option("--to", default="", metavar="KIND:NAME", help="queue:NAME, topic:NAME or stream:NAME.")
@click.option(
    "--queue", default="", show_default=DEFAULT_QUEUE, help="The queue's name or URL; the same as --to queue:."
)
@click.option(
    "--endpoint-url",
    "endpoint_urls",
    multiple=True,
    help="A server of SQS or Kinesis other than AWS; for each region, if several.",
)
@click.option(
    "--region",
    "regions",
    multiple=True,
    help="The AWS region; without it, AWS's own setting. Of a queue's several the first to take an event gets it.",
)
@click.option("--fifo-groups", default=10, show_default=True, type=click.IntRange(1), help="Groups, for a FIFO queue.")
@click.option(
    "--brokers", default="", metavar="HOST:PORT", help="Where a topic's cluster is; several with commas between."
)
@click.option(
    "--client",
    multiple=True,
    metavar="KEY=VALUE",
    help="A property of librdkafka, any number of times; a secret is KEY=env:NAME or KEY=file:PATH.",
)
@click.option(
    "-c",
    "--config",
    "config_path",
    type=click.Path(path_type=Path, readable=False),
    help="A configuration with a [[topic]] or [[stream]] of that name, which says where that is: instead of --brokers,"
    " or of --region and --endpoint-url.",
)
@click.option(
    "--tier",
    default="",
    help="The SLA tier to name in each message, as attribute or header sla_tier; not to a stream, which has neither.",
)
@click.option(
    "--delay",
    "delay_seconds",
    default=0,
    show_default=True,
    type=click.IntRange(0, 900),
    help="Seconds until an event is due: it is sent with the due time as attribute not_before, and to a queue with"
    " DelaySeconds. A topic has nothing like that: there the header not_before is all, and in a stream a field of that"
    " name in the event; who reads it has to wait.",
)
@click.option("--seed", type=int, help="Send the same readings and ids every time.")
@click.option("--json", "as_json", is_flag=True, help="Report as one JSON object.")
def command(
    schedule: Schedule,
    *,
    to: str,
    queue: str,
    endpoint_urls: Sequence[str],
    regions: Sequence[str],
    brokers: str,
    client: Sequence[str],
    config_path: Path | None,
    fifo_groups: int,
    tier: str,
    delay_seconds: int,
    seed: int | None,
    as_json: bool,
) -> int:
    """Send sample telemetry events to a queue, a topic or a stream, at a rate kept in absolute time.

    A record's key is its event's device, so that each device's events stay in order. The status is 1 if an event could
    not be sent.
    """
    destination = Destination(to, queue, endpoint_urls, regions, brokers, client, config_path)
    send, largest = destination.open(fifo_groups=fifo_groups, tier=tier, delay_seconds=delay_seconds)
    clock = SystemClock()
    feed = TelemetryFeed(seed=seed, clock=clock)
    production = produce(schedule, feed, send, clock=clock, largest_batch=largest)
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
