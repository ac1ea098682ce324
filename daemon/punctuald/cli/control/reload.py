"""`punctuald reload`."""

from __future__ import annotations

from pathlib import Path

import click

from .daemon_of import ORDER_SECONDS, ask_daemon, daemon_options, say


@click.command("reload")
@daemon_options
def command(config_path: Path, socket_path: Path | None) -> None:
    """Have the configuration read anew, as `systemctl reload`. Status 1, and why, where it is refused."""
    say(ask_daemon(config_path, socket_path, "reload", ORDER_SECONDS))
