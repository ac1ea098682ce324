"""`punctuald drain`."""

from __future__ import annotations

from pathlib import Path

import click

from .daemon_of import ORDER_SECONDS, ask_daemon, daemon_options, say


@click.command("drain")
@daemon_options
def command(config_path: Path, socket_path: Path | None) -> None:
    """Let the daemon finish what is in flight, and end: as SIGTERM, or `systemctl stop`."""
    say(ask_daemon(config_path, socket_path, "drain", ORDER_SECONDS))
