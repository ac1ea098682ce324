"""`punctuald top`: the daemon as it is now, once a second, and keys to scale, pause and drain it."""

from __future__ import annotations

import os
import sys
from contextlib import closing
from functools import partial
from pathlib import Path

import click

from punctuald.cli.control.daemon_of import ask_daemon, daemon_options
from punctuald.clock import SystemClock
from punctuald.errors import PunctualdError
from punctuald.process.exit_status import ExitStatus
from punctuald.process.signals import SignalQueue
from punctuald.view.terminal.sections.document import Document
from punctuald.view.terminal.top.commands import Request

from .daemon_link import STATUS, Answer, DaemonLink
from .full_screen import FullScreen
from .loop import SIGNALS, TopLoop

_NO_CURSOR = frozenset({"", "dumb", "unknown"})
_STATUS_SECONDS = 2.0
_ORDER_SECONDS = 5.0


@click.command("top")
@daemon_options
def command(config_path: Path, socket_path: Path | None) -> int:
    """Watch a daemon: workers, queues, tiers and decisions, with keys to scale, pause and drain. ? shows them.

    The daemon is found by its configuration file, as it was named to `punctuald run`, or by its --socket.
    """
    _need_terminal(os.environ.get("TERM", ""))
    first = ask_daemon(config_path, socket_path, STATUS.verb)
    with closing(DaemonLink(partial(_ask, config_path, socket_path))) as link:
        return _watch(first, link)


def _watch(first: Document, link: DaemonLink) -> ExitStatus:
    keyboard = sys.stdin.fileno()
    with closing(SignalQueue(SIGNALS)) as signals, FullScreen(keyboard, sys.stdout.fileno()) as screen:
        link.start()
        return TopLoop(first, link, screen, keyboard, signals, SystemClock()).run()


def _ask(config_path: Path, socket_path: Path | None, request: Request) -> Answer:
    """In whichever place its socket is by now: a daemon that was started again may be another user's."""
    seconds = _STATUS_SECONDS if request is STATUS else _ORDER_SECONDS
    try:
        return Answer(request, ask_daemon(config_path, socket_path, request.verb, seconds, **request.arguments))
    except PunctualdError as error:
        return Answer(request, None, str(error))


def _need_terminal(term: str) -> None:
    """Raise `PunctualdError` where a page can't be shown in place of the one before."""
    instead = "`punctuald status` prints one page"
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise PunctualdError(f"punctuald top needs a terminal, for its keys and its page: {instead}")
    if term in _NO_CURSOR:
        raise PunctualdError(
            f"punctuald top needs a terminal that can place its cursor, and TERM is '{term}': {instead}"
        )
