"""What the daemon's own loggers say within a with-block, as dictionaries, instead of written."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from structlog.typing import EventDict, WrappedLogger

from punctuald import logs
from punctuald.logs import process_output


@contextmanager
def capture_logs() -> Iterator[list[EventDict]]:
    """Lines of every level; ``log_level`` of each says which, as structlog's own `capture_logs` does."""
    lines: list[EventDict] = []

    def keep(_logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
        lines.append({**event, "log_level": method})
        raise structlog.DropEvent

    before, level = process_output.processors[:], process_output.level
    process_output.processors[:], process_output.level = [keep], 0
    try:
        yield lines
    finally:
        process_output.processors[:], process_output.level = before, level


@contextmanager
def own_logs() -> Iterator[None]:
    """What the log is set to within the block is as before after it; and it goes to stdout as that is within it."""
    output = process_output
    before = output.processors[:], output.level, output.put, logs._sinks[:], dict(logs._identity)
    logs._sinks.clear()
    try:
        yield
    finally:
        for sink in logs._sinks:
            sink.stream.close()
        output.processors[:], output.level, output.put, logs._sinks[:], identity = before
        logs.identify(**identity)
