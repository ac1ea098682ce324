"""`punctuald produce`: send sample telemetry events to a queue."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from functools import partial
from itertools import zip_longest

import click
import orjson

from punctuald.clock import SystemClock
from punctuald.demo.produce import Production, Schedule, produce
from punctuald.demo.sender import Place, QueueSender, RegionsSender, open_queue
from punctuald.demo.telemetry import TelemetryFeed
from punctuald.errors import SourceError
from punctuald.process.exit_status import ExitStatus

from .schedule_options import schedule_options


@click.command("produce")
@schedule_options
@click.option("--queue", default="telemetry", show_default=True, help="The queue's name or URL.")
@click.option(
    "--endpoint-url", "endpoint_urls", multiple=True, help="An SQS server other than AWS; for each region, if several."
)
@click.option(
    "--region",
    "regions",
    multiple=True,
    help="The AWS region; without it, AWS's own setting. Of several the first one that takes an event gets it.",
)
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
    endpoint_urls: tuple[str, ...],
    regions: tuple[str, ...],
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
    places = _places(regions, endpoint_urls)
    open_with = partial(open_queue, queue, fifo_groups=fifo_groups, tier=tier, delay_seconds=delay_seconds)
    sender: QueueSender | RegionsSender
    if len(places) == 1:
        sender = open_with(region=places[0].region, endpoint_url=places[0].endpoint_url)
    else:
        sender = RegionsSender(places, partial(_open_one_of_several, open_with), on_moved=_moved)
    clock = SystemClock()
    production = produce(schedule, TelemetryFeed(seed=seed, clock=clock), sender.send, clock=clock)
    click.echo(_machine_report(production) if as_json else _report(production))
    if not production.problem:
        return ExitStatus.OK
    click.echo(production.problem, err=True)
    return ExitStatus.FAILED


def _places(regions: Sequence[str], endpoint_urls: Sequence[str]) -> list[Place]:
    if len(regions) > 1 and endpoint_urls and len(endpoint_urls) != len(regions):
        raise click.UsageError("give --endpoint-url for each --region, or for none; '' is AWS's own")
    if len(endpoint_urls) > max(1, len(regions)):
        raise click.UsageError("give a --region for each --endpoint-url")
    return [Place(*each) for each in zip_longest(regions or [""], endpoint_urls, fillvalue="")]


def _open_one_of_several(open_with: Callable[..., QueueSender], place: Place) -> QueueSender:
    return open_with(region=place.region, endpoint_url=place.endpoint_url, one_of_several=True)


def _moved(place: Place, error: SourceError | None) -> None:
    click.echo(f"sending to {place} now" + (f": {error}" if error else ""), err=True)


def _report(production: Production) -> str:
    sent = f"sent {len(production.sent_ids)} of {production.planned} events in {production.seconds:.2f} s"
    return f"{sent} ({production.per_second:.1f} a second), at most {production.late_max_seconds * 1000:.1f} ms late"


def _machine_report(production: Production) -> str:
    fields = {**asdict(production), "per_second": production.per_second, "sent": len(production.sent_ids)}
    del fields["sent_ids"]  # too many for a report: there may be a hundred thousand
    return orjson.dumps(fields).decode()
