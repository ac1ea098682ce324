"""`punctuald run`: the daemon itself."""

from __future__ import annotations

import os
from pathlib import Path

import click

from punctuald.app import run_daemon
from punctuald.process.signals import SignalQueue

from .options import config_option


@click.command("run")
@config_option
@click.pass_obj
def command(early_signals: SignalQueue | None, config_path: Path) -> int:
    """Run the daemon in the foreground; logs go to stdout.

    SIGTERM drains, a second one or SIGINT gives back what is running, SIGQUIT ends at once; SIGHUP reloads,
    SIGTTIN and SIGTTOU add and remove a worker, SIGUSR1 logs a snapshot of the statistics.
    """
    return run_daemon(config_path, os.environ, early_signals)
