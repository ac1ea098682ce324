"""A logger for what can happen once a message: some lines of each event, and the number of the others."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from .logger import Logger

_LEVELS = {name.lower(): level for name, level in logging.getLevelNamesMapping().items()}

UNLOGGED_SECONDS = 60.0
"""So late is said at the latest how many lines of an event were left out, where none of it follows."""


class Rates(Protocol):
    """Decides; see `punctuald.policy.log_lines.event_rates`."""

    def suppressed(self, event: str, level: str, now_mono: float) -> int | None:
        """How many had no line since the last that had one; None where this one must have none either."""

    def unlogged(self, now_mono: float, after_seconds: float) -> Mapping[str, int]:
        """By event: how many had no line, where the last line is so long ago."""


class LimitedLog:
    """One for each process: its events share its limits, whatever part of it says them. Each line has ``suppressed``,
    how many of its event had none since the one before.

    Without a lock, as `Stream` is, though handler threads log failures.
    """

    def __init__(self, log: Logger, rates: Rates, mono: Callable[[], float]) -> None:
        self._log = log
        self._rates = rates
        self._mono = mono
        self._others: list[Callable[[float, float], Mapping[str, int]]] = []
        self._handed_over: Counter[str] = Counter()  # what lines would have said that had to be left out themselves

    def also(self, unlogged: Callable[[float, float], Mapping[str, int]]) -> None:
        """Have what somebody else left out logged too: as `Rates.unlogged`."""
        self._others.append(unlogged)

    def suppressed(self, event: str, level: str) -> int | None:
        """To be asked where the fields of a line cost too much to be made in vain; `Rates.suppressed`."""
        if not self._log.is_enabled_for(_LEVELS[level]):
            return None
        return self._rates.suppressed(event, level, self._mono())

    def info(self, event: str, **fields: Any) -> None:
        """See `Logger.info`."""
        self._say("info", event, fields)

    def warning(self, event: str, **fields: Any) -> None:
        """See `Logger.warning`."""
        self._say("warning", event, fields)

    def error(self, event: str, **fields: Any) -> None:
        """See `Logger.error`."""
        self._say("error", event, fields)

    def look(self) -> None:
        """To be called each second or so: log what was left out a minute ago, where no line of its event followed."""
        self._log_unlogged(UNLOGGED_SECONDS)

    def end(self) -> None:
        """Log all that was left out and not logged yet."""
        self._log_unlogged(0.0)

    def _say(self, level: str, event: str, fields: Mapping[str, Any]) -> None:
        suppressed = self.suppressed(event, level)
        if "suppressed" in fields:
            self._handed_over[event] += fields["suppressed"]
        if suppressed is not None:
            suppressed += self._handed_over.pop(event, 0)
            self._log.at(level, event, **{**fields, "suppressed": suppressed})

    def _log_unlogged(self, after_seconds: float) -> None:
        now_mono, events = self._mono(), Counter[str]()
        for unlogged in (self._rates.unlogged, *self._others):
            events.update(unlogged(now_mono, after_seconds))
        for event in tuple(self._handed_over):  # another thread may add to it meanwhile, or take from it
            if event in events or not after_seconds:
                events[event] += self._handed_over.pop(event, 0)
        events = +events
        if events:
            self._log.warning("log.suppressed", events=dict(events))
