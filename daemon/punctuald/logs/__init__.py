"""Structured logs: one JSON object a line on stdout, or something readable where a person watches.

Each line is written where it arises, without a queue or a thread: what a process said before it was killed is there.
The catalogue of events is docs/events.md.
"""

from __future__ import annotations

import logging
import os
from typing import Any

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from .logger import SILENT, Logger, Output, logger_of
from .render import add_timestamp, as_bytes, render_journal, render_json, short_traceback
from .sink import Sink
from .stream import LINE_BYTES, Stream, open_stream
from .user_text import typed_traceback, types_only

__all__ = [
    "LINE_BYTES",
    "SILENT",
    "Logger",
    "configure",
    "go_to_journal",
    "identify",
    "is_complete",
    "is_configured",
    "logger",
    "present",
    "process_output",
]

_STDOUT = 1
_add_level = structlog.processors.add_log_level

_identity: dict[str, Any] = {}
_sinks: list[Sink] = []  # made once, of stdout as it was at the start; all our processes have it


def configure(*, level: str, line_format: str, exceptions: str = "full") -> None:
    """Set logging up. ``line_format``: ``json``, ``console``, or ``auto`` (console on a terminal). ``exceptions``:
    ``full``, or ``type`` where no text that user code made may be in a line (`UserText`, exceptions)."""
    if not _sinks:
        _sinks.append(Sink(open_stream(_STDOUT), process_output.processors))
    console = line_format == "console" or (line_format == "auto" and os.isatty(_STDOUT))
    process_output.level = logging.getLevelNamesMapping()[level.upper()]
    process_output.processors[:] = [
        _add_identity,
        _add_level,
        add_timestamp,
        *([types_only, typed_traceback] if exceptions == "type" else []),
        *_renderers(console),
    ]
    process_output.put = _sinks[0].put


def identify(**fields: Any) -> None:
    """Name this process in every line it writes from now on."""
    _identity.clear()
    _identity.update(fields)


def logger() -> Logger:
    """A logger of this process. It may be made before `configure`, and follows it."""
    return _logger


def present(**fields: object) -> dict[str, object]:
    """Those that are not None, for a log line that has a field only where there is something to say."""
    return {name: value for name, value in fields.items() if value is not None}


def is_configured() -> bool:
    """Whether `configure` was called."""
    return bool(_sinks)


def go_to_journal() -> bool:
    """Whether lines on stdout go to systemd's journal."""
    return _is_journal(_STDOUT)


def is_complete() -> bool:
    """Whether each line of this process went through, but for those that ``log.lines_dropped`` has counted. Asked
    after a line: whether that one did."""
    return not any(sink.stream.dropped for sink in _sinks)


def _renderers(console: bool) -> list[Processor]:  # noqa: FBT001 - private, and named where it is called
    if console:
        return [structlog.dev.ConsoleRenderer(), as_bytes]  # type: ignore[list-item]
    return [short_traceback, render_journal if go_to_journal() else render_json]


def _is_journal(descriptor: int) -> bool:
    """Whether it leads to systemd's journal: JOURNAL_STREAM names the socket that it gave us (systemd.exec(5))."""
    status = os.fstat(descriptor)
    return os.environ.get("JOURNAL_STREAM") == f"{status.st_dev}:{status.st_ino}"


def _add_identity(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    return {**event, **_identity}


# Before `configure`, of commands that are no daemon: what is wrong, on stderr.
process_output = Output(
    logging.WARNING,
    [_add_level, add_timestamp, short_traceback, render_json],
    Stream(lambda line: os.write(2, line)).put,
)
_logger = logger_of(process_output)
