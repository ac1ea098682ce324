"""`punctuald wait`: for scripts that start consumers before producers."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path

import click

from punctuald.clock import SystemClock
from punctuald.process.absolute_path import absolute_path
from punctuald.process.control.client import ask
from punctuald.process.control.socket_path import socket_candidates
from punctuald.process.exit_status import ExitStatus

from .options import config_option, socket_option

_PAUSE_SECONDS = 0.1
_ANSWER_SECONDS = 2.0


@click.command("wait")
@click.option("--ready", is_flag=True, required=True, help="Until min_workers workers take messages.")
@click.option("--timeout", default=60.0, show_default=True, type=click.FloatRange(0), help="Seconds to wait at most.")
@socket_option
@config_option
def command(config_path: Path, socket_path: Path | None, timeout: float, *, ready: bool) -> int:  # noqa: ARG001 - the only condition
    """Wait until a daemon is ready, also for one that has not started yet. The status is then 0, else 1.

    The daemon is found by its configuration file, as it was named to `punctuald run`, or by its --socket.
    """
    config_path = absolute_path(config_path, os.environ)
    paths = [socket_path] if socket_path else socket_candidates(config_path, os.environ, os.getuid())
    return _wait_until_ready(paths, timeout)


def _wait_until_ready(paths: Sequence[Path], timeout_seconds: float) -> int:
    clock = SystemClock()
    until_mono = clock.mono() + timeout_seconds
    while True:
        left_seconds = until_mono - clock.mono()
        answer_seconds = max(_PAUSE_SECONDS, min(_ANSWER_SECONDS, left_seconds))
        answers = [answer for path in paths if (answer := ask(path, "ready", answer_seconds))]
        if any(answer.get("ready") is True for answer in answers):
            return ExitStatus.OK
        if left_seconds <= _PAUSE_SECONDS:
            break
        time.sleep(_PAUSE_SECONDS)
    where = " or ".join(map(str, paths))
    state = "its workers are not ready" if answers else f"no daemon answers at {where}"
    click.echo(f"not ready after {timeout_seconds:g} s: {state}", err=True)
    return ExitStatus.FAILED
