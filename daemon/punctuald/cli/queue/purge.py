"""`punctuald queue purge`."""

from __future__ import annotations

import click

from punctuald.process.exit_status import ExitStatus
from punctuald.queue_tools.purge import purge
from punctuald.queue_tools.state import state_of

from .asking import agreed
from .place import Place, place_options


@click.command("purge")
@click.argument("queue")
@click.option("--yes", is_flag=True, help="Delete them without asking.")
@place_options
def purge_command(queue: str, place: Place, *, yes: bool) -> int:
    """Delete all messages of QUEUE, those in flight too. Nothing brings them back.

    It asks first, and says how many there are. SQS takes up to a minute, in which new ones may go too; so does the
    time until it takes another purge. The status is 1 where the answer is no.
    """
    calls, name_or_url = place.open(queue)
    state = state_of(calls, name_or_url)
    counts = f"{state.visible} visible, {state.in_flight} in flight, {state.delayed} delayed"
    if not agreed(f"queue {state.name}: delete all of about {state.messages} messages ({counts})?", yes=yes):
        return ExitStatus.FAILED
    purge(calls, state)
    click.echo(f"queue {state.name}: about {state.messages} messages are being deleted")
    return ExitStatus.OK
