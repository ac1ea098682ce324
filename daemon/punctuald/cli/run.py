"""`punctuald run`: the daemon itself."""

from __future__ import annotations

import os
from pathlib import Path

import click

from punctuald import logs
from punctuald.app import run_daemon
from punctuald.errors import ConfigurationError, PunctualdError
from punctuald.process.exit_status import ExitStatus
from punctuald.process.signals import SignalQueue

from .options import config_option, socket_option

log = logs.logger()


@click.command("run")
@config_option
@socket_option
@click.pass_obj
def command(early_signals: SignalQueue | None, config_path: Path, socket_path: Path | None) -> int:
    """Run the daemon in the foreground; logs go to stdout.

    SIGTERM drains, a second one or SIGINT gives back what is running, SIGQUIT ends at once; SIGHUP reloads,
    SIGUSR1 logs a snapshot of the statistics. `punctuald status`, `scale`, `pause` and others ask it while it runs.
    """
    try:
        return run_daemon(config_path, os.environ, early_signals, socket_path)
    except Exception as error:
        if logs.go_to_journal() and (isinstance(error, ConfigurationError) or not isinstance(error, PunctualdError)):
            return _logged(error)
        raise


def _logged(error: Exception) -> int:
    """What people read on stderr elsewhere: the journal has one JSON object a line, and with it a priority by which
    what is wrong is found."""
    if not logs.is_configured():
        logs.configure(level="info", line_format="json")
        logs.identify(process="supervisor")
    if isinstance(error, ConfigurationError):
        log.critical("daemon.misconfigured", error=str(error))
        return ExitStatus.MISCONFIGURED
    log.critical("daemon.crashed", exc_info=error)
    return ExitStatus.CRASHED
