"""Loggers of our own: what handlers' authors do to structlog's or Python's logging changes nothing here."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import structlog
from structlog.typing import Processor


class Output:
    """What all loggers of this process write to; settings in force change it in place.

    ``put`` takes what the last of ``processors`` returns. Lines below ``level`` (logging's numbers) are not made.
    """

    def __init__(self, level: int, processors: list[Processor], put: Callable[[Any], object]) -> None:
        self.level = level
        self.processors = processors
        self.put = put

    def take(self, line: Any) -> None:
        """Called by structlog with what was made of an event."""
        self.put(line)

    debug = info = warning = error = critical = take


class Logger(structlog.BoundLoggerBase):
    """As structlog's, with `bind`; its methods are here and not structlog's, for those go by its configuration."""

    _logger: Output

    def is_enabled_for(self, level: int) -> bool:
        """Whether a line of ``level`` would be written: to be asked before many lines are made."""
        return level >= self._logger.level

    def debug(self, event: str, **fields: Any) -> None:
        """A line that is wanted by who looks for a fault."""
        if self._logger.level <= logging.DEBUG:
            self._proxy_to_logger("debug", event, **fields)

    def info(self, event: str, **fields: Any) -> None:
        """A line about what goes as it should."""
        if self._logger.level <= logging.INFO:
            self._proxy_to_logger("info", event, **fields)

    def warning(self, event: str, **fields: Any) -> None:
        """A line that somebody should see by and by."""
        if self._logger.level <= logging.WARNING:
            self._proxy_to_logger("warning", event, **fields)

    def error(self, event: str, **fields: Any) -> None:
        """A line about what failed. ``exc_info``: an exception, for its traceback."""
        if self._logger.level <= logging.ERROR:
            self._proxy_to_logger("error", event, **fields)

    def critical(self, event: str, **fields: Any) -> None:
        """A line about what can't go on."""
        if self._logger.level <= logging.CRITICAL:
            self._proxy_to_logger("critical", event, **fields)

    def exception(self, event: str, **fields: Any) -> None:
        """An error, with the traceback of the exception that is being handled."""
        self.error(event, **{"exc_info": True, **fields})

    def at(self, level: str, event: str, **fields: Any) -> None:
        """A line of the level with this name, where it is only known at run time."""
        getattr(self, level)(event, **fields)


def logger_of(output: Output) -> Logger:
    """A logger with nothing bound to it."""
    return Logger(output, output.processors, {})


SILENT = logger_of(Output(logging.CRITICAL + 1, [], lambda _line: None))
"""Logs nothing."""
