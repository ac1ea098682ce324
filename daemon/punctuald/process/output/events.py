"""What handlers print and log as events of the log, at most so many a second."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, Protocol

import structlog

from punctuald.clock import Clock
from punctuald.delivery.run.current_call import Call, current_call
from punctuald.logs import logger, present
from punctuald.policy.log_lines.rate import LogRate
from punctuald.policy.log_lines.records import level_of

LONGEST_LINE_BYTES = 3072
"""Of a handler's line in one event; leaves room for the event's other fields."""
_RATE_SECONDS = 1.0
_PLAIN = (str, int, float, bool, type(None))

log = logger()


class Sink(Protocol):
    """Where lines of handlers go. Nothing of it raises."""

    longest: int
    """The longest line that it takes, in bytes."""

    def put(self, stream: str, line: bytes, call: Call | None) -> None:
        """One line."""
        ...

    def warn_of_lost(self) -> None:
        """A warning with the number of lines that had no place since the last one, if there were any."""
        ...


class OutputEvents:
    """`handler.output` for lines and `handler.log` for records, which share one limit."""

    longest = LONGEST_LINE_BYTES

    def __init__(self, clock: Clock, lines_per_second: int) -> None:
        self._mono = clock.mono
        self._lines_per_second = lines_per_second
        self._rate = LogRate(lines_per_second, _RATE_SECONDS)
        self._suppressed = 0

    def put(self, stream: str, line: bytes, call: Call | None) -> None:
        """See `Sink.put`."""
        if log.is_enabled_for(logging.INFO) and self._may():
            text = line.decode("utf-8", "backslashreplace")
            log.info("handler.output", **where(call), stream=stream, line=text)

    def record(self, record: logging.LogRecord, text: str) -> None:
        """One record of `logging`, with its message as ``text``."""
        level, call = level_of(record.levelno), current_call.get()
        if not (log.is_enabled_for(record.levelno) and self._may()):
            return
        log.at(level, "handler.log", **where(call), logger=record.name, text=text, exc_info=record.exc_info)

    def warn_of_lost(self) -> None:
        """See `Sink.warn_of_lost`."""
        suppressed, self._suppressed = self._suppressed, 0
        if suppressed:
            log.warning(
                "handler.output_suppressed", lines=suppressed, reason=f"over {self._lines_per_second} lines a second"
            )

    def _may(self) -> bool:
        if self._rate.suppressed(self._mono()) is None:
            self._suppressed += 1
            return False
        return True


def where(call: Call | None) -> dict[str, object]:
    """For which messages, as fields; with what the handler has bound for its lines, if its call still goes on here."""
    queue, message_id, further_ids = call or (None, None, ())
    return present(
        queue=queue,
        message_id=message_id,
        more_messages=len(further_ids) or None,
        context=(_shown(structlog.contextvars.get_contextvars()) or None) if call is current_call.get() else None,
    )


def _shown(bound: Mapping[str, Any]) -> dict[str, object]:
    return {name: value if isinstance(value, _PLAIN) else _text(value) for name, value in bound.items()}


def _text(value: object) -> str:
    try:
        return str(value)
    except Exception:  # noqa: BLE001 - code of the user's
        return f"<{type(value).__name__}>"
