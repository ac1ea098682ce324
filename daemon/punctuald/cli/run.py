"""`punctuald run`: the daemon itself."""

from __future__ import annotations

import os
from pathlib import Path

import click

from punctuald.app import run_daemon
from punctuald.process.signals import SignalQueue

from .options import config_option, socket_option


@click.command("run")
@config_option
@socket_option
@click.pass_obj
def command(early_signals: SignalQueue | None, config_path: Path, socket_path: Path | None) -> int:
    """Run the daemon in the foreground; logs go to stdout.

    SIGTERM drains, a second one or SIGINT gives back what is running, SIGQUIT ends at once; SIGHUP reloads,
    SIGUSR1 logs a snapshot of the statistics. `punctuald status`, `scale`, `pause` and others ask it while it runs.
    """
    return run_daemon(config_path, os.environ, early_signals, socket_path)
