"""The daemon's own log as a trace: what arrived by second, and how long handlers took."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import orjson

from punctuald.errors import ConfigurationError

from .service_times import Measured
from .trace import Trace, trace_of_arrivals

ARRIVALS_EVENT = "stats.arrivals"  # `first_second` (UTC), and `counts` by second of sending from there on
ENDED_EVENTS = frozenset({"message.done", "message.breached"})
FEWEST_SERVICES = 20

Event = Mapping[str, Any]


def read_log(path: Path, lines: Iterable[str]) -> Trace:
    """The arrivals that the log of ``path`` tells of. Raises `ConfigurationError` where it tells of none."""
    counts: Counter[int] = Counter()
    for number, event in log_events(lines):
        if event.get("event") == ARRIVALS_EVENT:
            counts.update(_counts(f"{path}:{number}", event))
    if not counts:
        raise ConfigurationError(f"{path}: has no `{ARRIVALS_EVENT}` event; log in JSON, at level info or below")
    return trace_of_arrivals(path.stem, counts)


def read_service_times(path: Path) -> Measured:
    """The handling times that the log of ``path`` has. Raises `ConfigurationError` where they are too few.

    A log has all messages that were late but only a sample of those that were on time, so a pool that was often late
    seems slower than it was.
    """
    try:
        with path.open() as lines:
            seconds = tuple(_run_seconds(lines))
    except OSError as error:
        raise ConfigurationError(f"{path}: can't be read: {error.strerror}") from error
    if len(seconds) < FEWEST_SERVICES:
        raise ConfigurationError(
            f"{path}: has {len(seconds)} messages with `handle_seconds`, and {FEWEST_SERVICES} are needed;"
            " log more of them with [logging] sample = 1"
        )
    return Measured(seconds)


def _run_seconds(lines: Iterable[str]) -> Iterable[float]:
    for _, event in log_events(lines):
        handle_seconds = event.get("handle_seconds")
        if event.get("event") in ENDED_EVENTS and isinstance(handle_seconds, float | int):
            yield float(handle_seconds)


def log_events(lines: Iterable[str]) -> Iterable[tuple[int, Event]]:
    """Each event with its line's number. A line that is no JSON object (a traceback) is no event."""
    for number, line in enumerate(lines, start=1):
        try:
            event = orjson.loads(line)
        except orjson.JSONDecodeError:
            continue
        if isinstance(event, dict):
            yield number, event


def _counts(place: str, event: Event) -> dict[int, int]:
    try:
        first = int(event["first_second"])
        return {first + offset: int(count) for offset, count in enumerate(event["counts"]) if count}
    except (KeyError, TypeError, ValueError) as error:
        raise ConfigurationError(f"{place}: a `{ARRIVALS_EVENT}` event that can't be read: {error!r}") from error
