"""Structured logs: one JSON object a line on stdout, or something readable where a person watches.

Lines go out with one ``write`` each (short ones are atomic on a pipe, pipe(7)), so that the processes of the daemon
can share the stream without a lock. The catalogue of events is docs/events.md.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from typing import Any

import orjson
import structlog
from structlog.typing import EventDict, WrappedLogger

_LONGEST_TRACEBACK = 2500  # characters; with the rest of the line it stays within a pipe's atomic 4,096 bytes

_identity: dict[str, Any] = {}


class DescriptorLogger:
    """Writes rendered lines to a file descriptor."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def _write(self, line: bytes | str) -> None:
        data = line if isinstance(line, bytes) else line.encode("utf-8", "backslashreplace")
        try:
            os.write(self._descriptor, data + b"\n")
        except BrokenPipeError:
            # Whoever read our log is gone. The daemon goes on, and from now on the log is written to /dev/null.
            null = os.open(os.devnull, os.O_WRONLY | os.O_CLOEXEC)
            os.dup2(null, self._descriptor, inheritable=False)
            os.close(null)

    debug = info = warning = error = critical = exception = msg = _write


def configure(*, level: str, line_format: str) -> None:
    """Set logging up. ``line_format``: ``json``, ``console``, or ``auto`` (console on a terminal)."""
    console = line_format == "console" or (line_format == "auto" and sys.stdout.isatty())
    renderer: Any = structlog.dev.ConsoleRenderer() if console else _render_json
    traceback = structlog.dev.set_exc_info if console else _short_traceback
    logger = DescriptorLogger(_log_descriptor())
    structlog.configure(
        processors=[_add_identity, structlog.processors.add_log_level, _add_timestamp, traceback, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=lambda *_: logger,
        cache_logger_on_first_use=False,  # a reload changes the level
    )


def identify(**fields: Any) -> None:
    """Name this process in every line it writes from now on."""
    _identity.clear()
    _identity.update(fields)


def keep_stdout_for_logs() -> None:
    """In a worker: send what a handler prints to stderr, so that it can't land in the middle of our lines."""
    _log_descriptor()
    sys.stdout.flush()
    os.dup2(2, 1)


_descriptor: list[int] = []


def _log_descriptor() -> int:
    """A copy of stdout as it was at the start. Made once and shared by all our processes, but not inherited by programs
    that they execute."""
    if not _descriptor:
        _descriptor.append(os.dup(1))
    return _descriptor[0]


def _add_identity(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    return {**event, **_identity}


_add_timestamp = structlog.processors.TimeStamper(fmt="iso", utc=True)


def _short_traceback(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    event = structlog.processors.format_exc_info(logger, method, event)
    text = event.pop("exception", None)
    if text:
        event["traceback"] = text[-_LONGEST_TRACEBACK:]
    return event


def _render_json(_logger: WrappedLogger, _method: str, event: EventDict) -> bytes:
    ordered = {"timestamp": event.pop("timestamp"), "level": event.pop("level"), "event": event.pop("event"), **event}
    try:
        return orjson.dumps(ordered, default=str, option=orjson.OPT_NON_STR_KEYS)
    except orjson.JSONEncodeError:
        # orjson refuses lone surrogates and integers over 64 bits. Messages can hold both, and logging must not fail.
        return json.dumps(ordered, default=str, skipkeys=True).encode()


def present(**fields: object) -> dict[str, object]:
    """Those that are not None, for a log line that has a field only where there is something to say."""
    return {name: value for name, value in fields.items() if value is not None}
