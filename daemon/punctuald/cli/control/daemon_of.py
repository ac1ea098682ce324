"""Finds the daemon of a configuration file, and asks it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from punctuald.cli.options import config_option, socket_option
from punctuald.errors import PunctualdError
from punctuald.process.absolute_path import absolute_path
from punctuald.process.control.client import NoAnswerError, ask
from punctuald.process.control.socket_path import socket_candidates

ANSWER_SECONDS = 5.0
"""For what the daemon knows: it answers at once, or hangs."""
ORDER_SECONDS = 15.0
"""For what it has to do first: a dump takes two seconds, a reload as long as the configuration does."""

_Command = TypeVar("_Command", bound=Callable[..., Any])


def daemon_options(command: _Command) -> _Command:
    """`-c` and `--socket`, as ``config_path`` and ``socket_path``."""
    return config_option(socket_option(command))


def socket_paths(config_path: Path, socket_path: Path | None) -> Sequence[Path]:
    """Where the daemon of that configuration may have its control socket."""
    absolute = absolute_path(config_path, os.environ)
    return [socket_path] if socket_path else socket_candidates(absolute, os.environ, os.getuid())


def ask_daemon(
    config_path: Path,
    socket_path: Path | None,
    verb: str,
    timeout_seconds: float = ANSWER_SECONDS,
    **arguments: object,
) -> Mapping[str, Any]:
    """The answer of the first daemon that gives one. Raises `PunctualdError` with one line where there is none, and
    `RefusedError` where it says no."""
    paths = socket_paths(config_path, socket_path)
    failures: list[NoAnswerError] = []
    for path in paths:
        try:
            return ask(path, verb, timeout_seconds, **arguments)
        except NoAnswerError as error:
            failures.append(error)
    raise PunctualdError(_no_daemon(config_path, paths, failures))


def say(answer: Mapping[str, Any]) -> None:
    """What became of an order."""
    click.echo(answer.get("text", ""))


def _no_daemon(config_path: Path, paths: Sequence[Path], failures: Sequence[NoAnswerError]) -> str:
    denied = next((failure for failure in failures if failure.denied), None)
    if denied is not None:
        return f"{denied}: the socket is its daemon's user's; ask as that user, or as root"
    late = next((failure for failure in failures if "no answer" in str(failure)), None)
    if late is not None:
        return f"{late}: the daemon hangs, or its machine does"
    where = " or ".join(map(str, paths))
    return f"no daemon of {config_path} answers at {where}: is it running, with this -c or --socket?"
