"""From an event's fields to the bytes of one line."""

from __future__ import annotations

import json
from typing import Any

import orjson
import structlog
from structlog.typing import EventDict, WrappedLogger

from .stream import LINE_BYTES

LONGEST_TRACEBACK = 2500  # characters
_HEAD = ("timestamp", "level", "event")
_MARK_BYTES = 64  # what "truncated" itself takes in a line
_PRIORITIES = {"debug": b"<7>", "info": b"<6>", "warning": b"<4>", "error": b"<3>", "critical": b"<2>"}  # syslog(3)

add_timestamp = structlog.processors.TimeStamper(fmt="iso", utc=True)


def short_traceback(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """A traceback as text, of which the end says what happened."""
    event = structlog.processors.format_exc_info(logger, method, event)
    text = event.pop("exception", None)
    if text:
        event["traceback"] = text[-LONGEST_TRACEBACK:]
    return event


def render_json(_logger: WrappedLogger, _method: str, event: EventDict) -> bytes:
    """One JSON object, time, level and name first, of `LINE_BYTES` at most. What is too long is cut, and named in
    ``truncated``."""
    line = {**{name: event.pop(name) for name in _HEAD}, **event}
    return _fitted(line) + b"\n"


def render_journal(logger: WrappedLogger, method: str, event: EventDict) -> bytes:
    """The same behind its syslog priority, which journald takes off and keeps as PRIORITY (sd-daemon(3))."""
    priority = _PRIORITIES[event["level"]]
    return priority + render_json(logger, method, event)


def as_bytes(_logger: WrappedLogger, _method: str, text: str) -> bytes:
    """Lines for people, cut where a pipe would tear them."""
    return text.encode("utf-8", "backslashreplace")[: LINE_BYTES - 1] + b"\n"


def _fitted(line: dict[str, Any]) -> bytes:
    room = LINE_BYTES - 1 - len(b"<6>")
    data = _dumps(line)
    while len(data) > room:
        line = _shortened(line, len(data) - room)
        data = _dumps(line)
    return data


def _shortened(line: dict[str, Any], excess: int) -> dict[str, Any]:
    """The longest field shorter by ``excess`` bytes at least, if it has so many; ever shorter, so that it comes to an
    end."""
    name = max((name for name in line if name not in _HEAD), key=lambda name: len(_dumps(line[name])))
    known = [known for known in line.get("truncated", ()) if known != name]
    value = _cut(line[name], excess + _MARK_BYTES + len(name), keep_end=name == "traceback")
    shorter = {**line, name: value, "truncated": [*known, name]}
    if value is None:
        del shorter[name]
    return shorter


def _cut(value: Any, excess: int, *, keep_end: bool) -> Any:
    """None where nothing would be left of it."""
    if isinstance(value, list | tuple | dict):
        size = len(_dumps(value))
        kept = min(len(value) - 1, len(value) * max(0, size - excess) // size)
        if kept <= 0:
            return None
        return dict(list(value.items())[:kept]) if isinstance(value, dict) else list(value[:kept])
    text = value if isinstance(value, str) else str(value)
    kept = min(len(text) - 1, len(text) * max(0, len(_dumps(text)) - excess) // len(_dumps(text)))
    if kept <= 0:
        return None
    return text[-kept:] if keep_end else text[:kept]


def _dumps(value: Any) -> bytes:
    try:
        return orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS)
    except orjson.JSONEncodeError:
        # orjson refuses lone surrogates and integers over 64 bits. Messages can hold both, and neither logging nor who
        # reads it may fail, so what is no character becomes a question mark.
        return json.dumps(value, default=str, skipkeys=True, ensure_ascii=False).encode("utf-8", "replace")
