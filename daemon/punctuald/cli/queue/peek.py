"""`punctuald queue peek`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click
import orjson

from punctuald.clock import SystemClock, iso_utc
from punctuald.process.exit_status import ExitStatus
from punctuald.queue_tools.peek import peek
from punctuald.queue_tools.received import Letter
from punctuald.queue_tools.state import QueueState, state_of
from punctuald.view.terminal.printable import excerpt, printable

from .place import Place, place_options

LONGEST_ATTRIBUTE = 200


@click.command("peek")
@click.argument("queue")
@click.option("--count", default=10, show_default=True, type=click.IntRange(1, 1_000), help="Messages at most.")
@click.option("--body", default=500, show_default=True, type=click.IntRange(0), help="Characters of a body at most.")
@click.option("--json", "as_json", is_flag=True, help="Each message as a JSON object in a line, with its whole body.")
@place_options
def peek_command(queue: str, count: int, body: int, place: Place, *, as_json: bool) -> int:
    """Look at messages of QUEUE.

    They are hidden from others while it looks, a second or so, and SQS counts a receive of each, which nothing takes
    back: where a redrive policy has a maxReceiveCount, that is one try less. Of a group in a FIFO queue the first ten
    messages are seen at most. Characters that a terminal would act upon are shown as escapes.
    """
    calls, name_or_url = place.open(queue)
    state = state_of(calls, name_or_url)
    if state.redrive is not None:
        click.echo(_warning(state), err=True)
    letters = peek(calls, state, count, SystemClock())
    for letter in letters:
        click.echo(orjson.dumps(_fields(letter)).decode() if as_json else "\n".join(_lines(letter, body)))
    click.echo(f"{len(letters)} of about {state.messages} messages", err=True)
    return ExitStatus.OK


def _warning(state: QueueState) -> str:
    most = state.redrive.max_receives if state.redrive else 0
    return (
        f"each message that is looked at has a receive less of its {most}, after which SQS moves it to"
        f" {state.dead_letter_queue}"
    )


def _lines(letter: Letter, body: int) -> Iterator[str]:
    message = letter.message
    group = message.group or message.tenant
    receives = f"{message.receive_count} receives" if message.receive_count > 1 else "1 receive"
    yield f"{message.id}  sent {iso_utc(message.sent_utc)}  {receives}" + (
        f"  group {printable(group)}" if group else ""
    )
    for name, text in message.attributes.items():
        yield f"  {printable(name)} = {excerpt(text, LONGEST_ATTRIBUTE)}"
    if letter.moved_from:
        yield f"  moved by SQS from {printable(letter.moved_from)}"
    yield f"  {excerpt(message.body, body)}  ({len(message.body.encode())} bytes)"


def _fields(letter: Letter) -> dict[str, Any]:
    message = letter.message
    return {
        "id": message.id,
        "sent": iso_utc(message.sent_utc),
        "receives": message.receive_count,
        "group": message.group or message.tenant,
        "attributes": dict(message.attributes),
        "moved_from": letter.moved_from or None,
        "body": message.body,
    }
