"""`punctuald status`."""

from __future__ import annotations

from pathlib import Path

import click
import orjson

from .daemon_of import ask_daemon, daemon_options
from .terminal import terminal_width


@click.command("status")
@click.option(
    "--json", "as_json", is_flag=True, help="The whole document, for programs: docs/operations.md has its fields."
)
@daemon_options
def command(config_path: Path, socket_path: Path | None, *, as_json: bool) -> None:
    """How the daemon does: its pool, each tier against its threshold, each queue, the last decisions."""
    document = ask_daemon(config_path, socket_path, "status")
    if as_json:
        click.echo(orjson.dumps(document).decode())
        return
    from punctuald.view.terminal.status import status_text  # noqa: PLC0415 - what draws tables is not needed for --json

    click.echo(status_text(document, terminal_width()))
