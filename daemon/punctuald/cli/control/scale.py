"""`punctuald scale`."""

from __future__ import annotations

from pathlib import Path

import click

from .daemon_of import ORDER_SECONDS, ask_daemon, daemon_options, say

AUTO = "auto"
_MOST_DIGITS = 6


@click.command("scale")
@click.argument("workers", metavar="N|auto")
@daemon_options
def command(workers: str, config_path: Path, socket_path: Path | None) -> None:
    """Have N workers, within min_workers and max_workers, until `punctuald scale auto` or a restart."""
    say(ask_daemon(config_path, socket_path, "scale", ORDER_SECONDS, workers=_number(workers)))


def _number(workers: str) -> int | None:
    """None for `auto`."""
    if workers == AUTO:
        return None
    if not (workers.isascii() and workers.isdigit() and len(workers) <= _MOST_DIGITS):
        raise click.UsageError(f"{workers[:40]!r} is neither a number of workers nor {AUTO}")
    return int(workers)
