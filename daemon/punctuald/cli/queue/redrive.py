"""`punctuald queue redrive`."""

from __future__ import annotations

import time
from collections.abc import Sequence
from math import inf

import click

from punctuald.cli.options import WrongOptionsError
from punctuald.clock import SystemClock
from punctuald.policy.queues.selection import Filter
from punctuald.process.exit_status import ExitStatus
from punctuald.queue_tools.redrive.destinations import Destinations
from punctuald.queue_tools.redrive.redrive import Plan, Redrive
from punctuald.queue_tools.redrive.tally import Tally
from punctuald.queue_tools.state import state_of

from .interrupts import Interrupts
from .place import Place, place_options
from .progress import Progress, report


@click.command("redrive")
@click.argument("dead_letter_queue")
@click.option("--to", default="", metavar="QUEUE", help="Send all to this queue, not each to the one it came from.")
@click.option(
    "--filter",
    "filters",
    multiple=True,
    metavar="FIELD=TEXT",
    help="Those only: reason=TEXT or body=TEXT that has it in it; group=NAME or attribute.NAME=TEXT that is it. Several"
    " have to hold together.",
)
@click.option("--rate", "per_second", type=click.FloatRange(0.1, 10_000), help="Messages a second at most.")
@click.option("--count", "most", type=click.IntRange(1), help="Messages at most.")
@click.option("--dry-run", is_flag=True, help="Say what would be moved, and where to.")
@click.option(
    "--visibility-timeout",
    "hidden_seconds",
    default=60,
    show_default=True,
    type=click.IntRange(10, 43_200),
    metavar="SECONDS",
    help="How long a message is hidden from others while it is moved, and after a kill of this command.",
)
@place_options
def redrive_command(
    dead_letter_queue: str,
    to: str,
    filters: Sequence[str],
    per_second: float | None,
    most: int | None,
    hidden_seconds: int,
    place: Place,
    *,
    dry_run: bool,
) -> int:
    """Put the messages of a dead-letter queue back to the queues that they came from.

    Groups, their order and attributes are kept. A message is sent before it is deleted, so an end at any moment loses
    none, and the same command goes on where it ended; a kill may leave a second copy, though not in a FIFO queue within
    five minutes. Ctrl-C ends it in order, a second one at once. What stays is visible again then, with a receive more.
    The status is 1 where something that was meant to be moved was not.
    """
    plan = Plan(
        tuple(map(_filter, filters)),
        per_second=per_second or inf,
        most=most or inf,
        dry_run=dry_run,
        hidden_seconds=hidden_seconds,
    )
    with Interrupts() as interrupts:
        tally = _run(place, dead_letter_queue, to, plan, interrupts)
        click.echo("\n".join(report(tally, dry_run=dry_run)))
        if interrupts.came:
            click.echo("interrupted: the same command goes on with the rest", err=True)
            return ExitStatus.INTERRUPTED
    return ExitStatus.OK if tally.is_clean else ExitStatus.FAILED


def _run(place: Place, name: str, to: str, plan: Plan, interrupts: Interrupts) -> Tally:
    calls, name_or_url = place.open(name)
    state = state_of(calls, name_or_url)
    progress = Progress(SystemClock())
    redrive = Redrive(
        calls,
        state,
        Destinations(calls, state, to),
        plan,
        clock=SystemClock(),
        pause=time.sleep,
        stopping=lambda: interrupts.came,
        on_progress=progress.show,
    )
    try:
        return redrive.run()
    finally:
        progress.end(redrive.tally)


def _filter(written: str) -> Filter:
    field, equals, wanted = written.partition("=")
    made = Filter(field, wanted)
    if not (equals and wanted and made.is_one):
        raise WrongOptionsError(f"--filter {written}: give reason=TEXT, body=TEXT, group=NAME or attribute.NAME=TEXT")
    return made
