"""`punctuald queue tune`."""

from __future__ import annotations

import click

from punctuald.cli.options import WrongOptionsError
from punctuald.process.exit_status import ExitStatus
from punctuald.queue_tools.tune import plan_tuning, tune

from .asking import agreed
from .place import Place, attribute_options, place_options, wanted_attributes


@click.command("tune")
@click.argument("queue")
@attribute_options
@click.option("--dead-letter-queue", default="", metavar="NAME", help="Where SQS moves what was received too often.")
@click.option("--max-receive-count", type=click.IntRange(1, 1_000), help="How often that is.")
@click.option("--yes", is_flag=True, help="Change it without asking.")
@place_options
def tune_command(
    queue: str,
    visibility_timeout: int | None,
    wait_time: int | None,
    retention: int | None,
    dead_letter_queue: str,
    max_receive_count: int | None,
    place: Place,
    *,
    yes: bool,
) -> int:
    """Change settings of QUEUE: the change is shown first, as before → after.

    The status is 1 where the answer is no. SQS's servers may take a minute to know all of it.
    """
    wanted = wanted_attributes(visibility_timeout=visibility_timeout, wait_time=wait_time, retention=retention)
    if not (wanted or dead_letter_queue or max_receive_count):
        raise WrongOptionsError("give at least one setting, such as --visibility-timeout 60")
    calls, name_or_url = place.open(queue)
    planned = plan_tuning(calls, name_or_url, wanted, dead_letter_queue, max_receive_count)
    if not planned.changes:
        click.echo(f"queue {planned.state.name}: nothing to change")
        return ExitStatus.OK
    for change in planned.changes:
        click.echo(f"queue {planned.state.name}: {change}")
    if not agreed("change it?", yes=yes):
        return ExitStatus.FAILED
    tune(calls, planned.state, planned.changes)
    click.echo(f"queue {planned.state.name}: changed")
    return ExitStatus.OK
