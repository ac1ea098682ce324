"""`punctuald resume`."""

from __future__ import annotations

from pathlib import Path

import click

from .daemon_of import ORDER_SECONDS, ask_daemon, daemon_options, say


@click.command("resume")
@click.argument("queue", required=False)
@daemon_options
def command(queue: str | None, config_path: Path, socket_path: Path | None) -> None:
    """End a queue's pause. Without a name: of all queues."""
    say(ask_daemon(config_path, socket_path, "resume", ORDER_SECONDS, queue=queue))
