"""`punctuald dump`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
import orjson

from .daemon_of import ORDER_SECONDS, ask_daemon, daemon_options


@click.command("dump")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@daemon_options
def command(config_path: Path, socket_path: Path | None, *, as_json: bool) -> None:
    """What each slot of each worker runs, and the Python stacks of its threads, whatever they hang in.

    A coroutine that waits has no stack of its own: it stands in the running messages only.
    """
    answer = ask_daemon(config_path, socket_path, "dump", ORDER_SECONDS)
    if as_json:
        click.echo(orjson.dumps(answer).decode())
        return
    for worker in answer["workers"]:
        _show(worker)


def _show(worker: Mapping[str, Any]) -> None:
    click.echo(f"== worker {worker['worker']}, pid {worker['pid']}, {worker['state']}")
    for running in worker["running"]:
        message = f"{running['queue']} {running['message_id']}"
        click.echo(f"slot {running['slot']} runs {message!r} for {running['seconds']:.1f} s")
    click.echo(worker["error"] or worker["stacks"])
