"""`punctuald wait`: for scripts that start consumers before producers."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import click

from punctuald.clock import SystemClock
from punctuald.process.control.client import NoAnswerError, ask
from punctuald.process.exit_status import ExitStatus

from .daemon_of import daemon_options, socket_paths

_PAUSE_SECONDS = 0.1
_ANSWER_SECONDS = 2.0


@click.command("wait")
@click.option("--ready", is_flag=True, required=True, help="Until min_workers workers take messages.")
@click.option("--timeout", default=60.0, show_default=True, type=click.FloatRange(0), help="Seconds to wait at most.")
@daemon_options
def command(config_path: Path, socket_path: Path | None, timeout: float, *, ready: bool) -> int:  # noqa: ARG001 - the only condition
    """Wait until a daemon is ready, also for one that has not started yet. The status is then 0, else 1.

    The daemon is found by its configuration file, as it was named to `punctuald run`, or by its --socket.
    """
    return _wait_until_ready(socket_paths(config_path, socket_path), timeout)


def _wait_until_ready(paths: Sequence[Path], timeout_seconds: float) -> int:
    clock = SystemClock()
    until_mono = clock.mono() + timeout_seconds
    while True:
        left_seconds = until_mono - clock.mono()
        answer_seconds = max(_PAUSE_SECONDS, min(_ANSWER_SECONDS, left_seconds))
        answers = list(_answers(paths, answer_seconds))
        if any(answer.get("ready") is True for answer in answers):
            return ExitStatus.OK
        if left_seconds <= _PAUSE_SECONDS:
            break
        time.sleep(_PAUSE_SECONDS)
    where = " or ".join(map(str, paths))
    state = "its workers are not ready" if answers else f"no daemon answers at {where}"
    click.echo(f"not ready after {timeout_seconds:g} s: {state}", err=True)
    return ExitStatus.FAILED


def _answers(paths: Sequence[Path], timeout_seconds: float) -> Iterator[Mapping[str, Any]]:
    for path in paths:
        with suppress(NoAnswerError):  # not there yet
            yield ask(path, "ready", timeout_seconds)
