"""`punctuald workers`."""

from __future__ import annotations

from pathlib import Path

import click
import orjson

from .daemon_of import ask_daemon, daemon_options
from .terminal import terminal_width


@click.command("workers")
@click.option("--json", "as_json", is_flag=True, help="As JSON: the workers of `punctuald status --json`.")
@daemon_options
def command(config_path: Path, socket_path: Path | None, *, as_json: bool) -> None:
    """Each worker: its state, what it runs and for how long, its rate, its event loop's lag, its memory."""
    document = ask_daemon(config_path, socket_path, "status")
    if as_json:
        click.echo(orjson.dumps(document["workers"]).decode())
        return
    from punctuald.view.terminal.workers import workers_text  # noqa: PLC0415 - as in `status`

    click.echo(workers_text(document, terminal_width()))
