"""`punctuald pause`."""

from __future__ import annotations

from pathlib import Path

import click

from .daemon_of import ORDER_SECONDS, ask_daemon, daemon_options, say


@click.command("pause")
@click.argument("queue", required=False)
@daemon_options
def command(queue: str | None, config_path: Path, socket_path: Path | None) -> None:
    """Start and receive nothing more of a queue; what is in hand waits, its leases renewed. Without a name: all queues.

    It outlives reloads and deaths of workers, and ends with `resume` or a restart.
    """
    say(ask_daemon(config_path, socket_path, "pause", ORDER_SECONDS, queue=queue))
