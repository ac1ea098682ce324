"""`punctuald queue ls`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click
import orjson

from punctuald.process.exit_status import ExitStatus
from punctuald.queue_tools.listing import Listed, look_at, names
from punctuald.view.columns import columns

from .place import Place, place_options

HEAD = ("QUEUE", "KIND", "DEAD LETTERS TO", "VISIBLE", "IN FLIGHT", "DELAYED")
UNKNOWN = "?"


@click.command("ls")
@click.option("--prefix", default="", help="Those only whose names begin so.")
@click.option("--json", "as_json", is_flag=True, help="As one JSON array.")
@place_options
def ls_command(prefix: str, place: Place, *, as_json: bool) -> int:
    """List queues and what is in them: of an account and region, or with -c those of a configuration.

    Counts are SQS's, which are approximate for up to a minute. The status is 1 where a queue can't be asked.
    """
    listed = _listed(place, prefix)
    if as_json:
        click.echo(orjson.dumps([_fields(each) for each in listed]).decode())
    elif listed:
        click.echo("\n".join(columns(HEAD, [_row(each) for each in listed], words=3)))
    else:
        click.echo("no queues", err=True)
    for each in listed:
        if each.problem:
            click.echo(each.problem, err=True)
    return ExitStatus.FAILED if any(each.problem for each in listed) else ExitStatus.OK


def _listed(place: Place, prefix: str) -> Sequence[Listed]:
    if place.config_path is None:
        calls = place.open().calls
        return list(look_at(calls, sorted(names(calls, prefix))))
    found = [each for calls, name_or_url in place.all_of_the_configuration() for each in look_at(calls, [name_or_url])]
    return [each for each in found if each.name.startswith(prefix)]


def _row(listed: Listed) -> Sequence[str]:
    state = listed.state
    if state is None:
        return (listed.name, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN)
    to = f"{state.dead_letter_queue} after {state.redrive.max_receives}" if state.redrive else "-"
    counts = (state.visible, state.in_flight, state.delayed)
    return (state.name, "FIFO" if state.fifo else "standard", to, *map(str, counts))


def _fields(listed: Listed) -> dict[str, Any]:
    state = listed.state
    if state is None:
        return {"queue": listed.name, "problem": listed.problem}
    return {
        "queue": state.name,
        "url": state.url,
        "fifo": state.fifo,
        "visible": state.visible,
        "in_flight": state.in_flight,
        "delayed": state.delayed,
        "dead_letter_queue": state.dead_letter_queue or None,
        "max_receive_count": state.redrive.max_receives if state.redrive else None,
    }
