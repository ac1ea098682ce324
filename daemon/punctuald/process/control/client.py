"""Asks a daemon by its control socket."""

from __future__ import annotations

import errno
import socket
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import orjson

from punctuald import __version__
from punctuald.errors import PunctualdError

from .protocol import PROTOCOL, question_line

LONGEST_ANSWER_BYTES = 1 << 24
_RETRY_SECONDS = 0.02


class NoAnswerError(PunctualdError):
    """Nobody listens there, or says nothing in time. ``denied``: there is a socket that is another user's."""

    def __init__(self, text: str, *, denied: bool = False) -> None:
        super().__init__(text)
        self.denied = denied


class RefusedError(PunctualdError):
    """The daemon understood, and says why not; or it is of another version, which the text says too."""


def ask(path: Path, verb: str, timeout_seconds: float, **arguments: object) -> Mapping[str, Any]:
    """The daemon's answer. Raises `NoAnswerError` and `RefusedError`; takes ``timeout_seconds`` at most in all."""
    until_mono = time.monotonic() + timeout_seconds
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
            _connect(client, path, until_mono)
            with suppress(BrokenPipeError, ConnectionResetError):  # refused before all of it was there: it is said why
                client.sendall(question_line(verb, arguments))
            line = _line(client, until_mono)
    except TimeoutError:
        raise NoAnswerError(f"{path}: no answer within {timeout_seconds:g} s") from None
    except OSError as error:
        denied = error.errno in {errno.EACCES, errno.EPERM}
        raise NoAnswerError(f"{path}: {error.strerror or error}", denied=denied) from None
    return _answer(path, line)


def _connect(client: socket.socket, path: Path, until_mono: float) -> None:
    """A line of clients that is full is EAGAIN at once, also where there is a time-out (unix(7))."""
    while True:
        client.settimeout(_left(until_mono))
        try:
            client.connect(str(path))
        except BlockingIOError:
            if time.monotonic() >= until_mono:
                raise TimeoutError from None
            time.sleep(_RETRY_SECONDS)
        else:
            return


def _left(until_mono: float) -> float:
    return max(0.001, until_mono - time.monotonic())


def _line(client: socket.socket, until_mono: float) -> bytes:
    pieces: list[bytes] = []
    length = 0
    while length <= LONGEST_ANSWER_BYTES and not (pieces and pieces[-1].endswith(b"\n")):
        client.settimeout(_left(until_mono))
        data = client.recv(1 << 16)
        if not data:
            break
        pieces.append(data)
        length += len(data)
    return b"".join(pieces)


def _answer(path: Path, line: bytes) -> Mapping[str, Any]:
    try:
        said = orjson.loads(line)
    except orjson.JSONDecodeError:
        said = None
    if not isinstance(said, dict):
        raise NoAnswerError(f"{path}: what answers there is no punctuald, or has just ended")
    if said.get("protocol") != PROTOCOL:
        other = said.get("version", "of an earlier version")
        raise RefusedError(f"the daemon is punctuald {other}, and this is {__version__}: ask it with its own program")
    if "error" in said or not isinstance(said.get("answer"), dict):
        raise RefusedError(str(said.get("error", "an answer without an answer")))
    answer: Mapping[str, Any] = said["answer"]
    return answer
