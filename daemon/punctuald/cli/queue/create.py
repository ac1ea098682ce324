"""`punctuald queue create`."""

from __future__ import annotations

import click

from punctuald.cli.options import WrongOptionsError
from punctuald.policy.queues.attributes import shown
from punctuald.process.exit_status import ExitStatus
from punctuald.queue_tools.calls import SqsCalls
from punctuald.queue_tools.create import Made, create, create_dead_letter_queue, redrives_to
from punctuald.source.sqs.names import FIFO_SUFFIX, dead_letter_name, queue_name

from .place import Place, attribute_options, place_options, wanted_attributes


@click.command("create")
@click.argument("name")
@click.option("--fifo", is_flag=True, help="Keep order within groups; .fifo is added to the name.")
@click.option(
    "--dead-letter-queue", default="", metavar="NAME", help="Instead of NAME-dlq; made too, if it is not there."
)
@click.option(
    "--no-dead-letter-queue", is_flag=True, help="Messages that keep failing come again until they are too old."
)
@click.option(
    "--max-receive-count",
    default=5,
    show_default=True,
    type=click.IntRange(1, 1_000),
    help="After so many receives SQS moves a message to the dead-letter queue.",
)
@attribute_options
@place_options
def create_command(
    name: str,
    dead_letter_queue: str,
    max_receive_count: int,
    visibility_timeout: int | None,
    wait_time: int | None,
    retention: int | None,
    place: Place,
    *,
    fifo: bool,
    no_dead_letter_queue: bool,
) -> int:
    """Make the queue NAME, and its dead-letter queue, which keeps messages for 14 days.

    A FIFO queue is made with content-based deduplication. What is there already and as it should be is left alone, and
    the status is 0; a queue that differs is left alone too, with status 1 and a line that says in what.
    """
    if no_dead_letter_queue and dead_letter_queue:
        raise WrongOptionsError("give --dead-letter-queue or --no-dead-letter-queue")
    name = queue_name(name, fifo=fifo)
    calls = place.open().calls
    wanted = dict(wanted_attributes(visibility_timeout=visibility_timeout, wait_time=wait_time, retention=retention))
    if not no_dead_letter_queue:
        dead_name = queue_name(dead_letter_queue or dead_letter_name(name), fifo=name.endswith(FIFO_SUFFIX))
        wanted |= _dead_letters(calls, dead_name, max_receive_count)
    made = create(calls, name, wanted)
    _report(made)
    click.echo(made.state.url)
    return ExitStatus.OK


def _dead_letters(calls: SqsCalls, name: str, max_receive_count: int) -> dict[str, str]:
    made = create_dead_letter_queue(calls, name)
    _report(made)
    return redrives_to(made.state.arn, max_receive_count)


def _report(made: Made) -> None:
    state = made.state
    parts = ["FIFO"] if state.fifo else []
    if state.redrive:
        parts.append(f"dead letters {shown('RedrivePolicy', state.attributes.get('RedrivePolicy'))}")
    parts.append(f"keeps messages {state.attributes.get('MessageRetentionPeriod', '?')} s")
    click.echo(f"queue {state.name}: {'there already' if made.already else 'made'} ({', '.join(parts)})")
