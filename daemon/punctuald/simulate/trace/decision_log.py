"""Decisions in the daemon's own log: which one was in force at a time of day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from punctuald.errors import ConfigurationError

from .log_trace import log_events

DECISION_EVENT = "scale.decision"
ENVELOPE = frozenset({"timestamp", "level", "event", "process", "worker"})


@dataclass(frozen=True, slots=True)
class LoggedDecision:
    """When it was made, and its fields."""

    at: datetime
    fields: Mapping[str, Any]


def decision_in_force(path: Path, seconds_of_day: int, zone: ZoneInfo) -> LoggedDecision:
    """The last one made until that time of day in ``zone``, on the last day that the log of ``path`` reaches it.

    Raises `ConfigurationError` where there is none: a decision is logged when it changes, and once a minute.
    """
    try:
        with path.open() as lines:
            decisions = list(_decisions(lines, zone))
    except OSError as error:
        raise ConfigurationError(f"{path}: can't be read: {error.strerror}") from error
    if not decisions:
        raise ConfigurationError(f"{path}: has no `{DECISION_EVENT}` event; log in JSON, at level info or below")
    moment = _last_time(seconds_of_day, decisions[-1].at)
    made = [decision for decision in decisions if decision.at < moment + timedelta(seconds=1)]
    if not made:
        first = decisions[0].at
        raise ConfigurationError(
            f"{path}: its first decision was made at {first:%Y-%m-%d %H:%M:%S %Z}, later than that"
        )
    return max(made, key=lambda decision: decision.at)


def _last_time(seconds_of_day: int, end: datetime) -> datetime:
    """The last moment up to ``end``, by a minute, at which clocks show that time."""
    hours, rest = divmod(seconds_of_day, 3600)
    moment = end.replace(hour=hours, minute=rest // 60, second=rest % 60, microsecond=0)
    return moment if moment <= end + timedelta(minutes=1) else moment - timedelta(days=1)


def _decisions(lines: Iterable[str], zone: ZoneInfo) -> Iterable[LoggedDecision]:
    for _, event in log_events(lines):
        if event.get("event") == DECISION_EVENT:
            at = datetime.fromisoformat(str(event["timestamp"])).astimezone(zone)
            yield LoggedDecision(at, {name: value for name, value in event.items() if name not in ENVELOPE})
