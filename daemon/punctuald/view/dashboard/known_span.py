"""From when to when the page knows the last hour, in a sentence: also where it can know nothing, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

from punctuald.clock import iso_utc

from .past_interval import SHORTEST_SECONDS, PastInterval

_WRITTEN_AT = {"debug", "info"}
_AT_ONCE_SECONDS = 5.0
_LATE_SECONDS = 20.0
"""Of an interval that has not come by then it is said: an observer that others keep from running may be late."""


@dataclass(frozen=True, slots=True)
class Keeping:
    """How the last hour is kept: in memory, from ``begun_utc`` on. ``is_anew``: there was an observer before this one,
    which knew more. ``level`` and ``interval_seconds`` are those of ``[logging]``."""

    begun_utc: float
    is_anew: bool
    level: str
    interval_seconds: float


def known_span(intervals: Sequence[PastInterval], keeping: Keeping) -> Mapping[str, Any]:
    """As JSON: the ``text``, and from when on ``late_text`` is true instead, ``late_utc``; both None where no interval
    will come."""
    if keeping.level not in _WRITTEN_AT:
        return {"text": _without_intervals(keeping), "late_utc": None, "late_text": None}
    end_utc = intervals[-1].end_utc if intervals else keeping.begun_utc
    next_utc = _next_utc(end_utc, keeping.interval_seconds)
    late = f"No interval could be written since {_time(end_utc)} UTC, so it is not known here what was since then"
    return {
        "text": _of_some(intervals, keeping) if intervals else _of_none(keeping, next_utc),
        "late_utc": next_utc + _LATE_SECONDS,
        "late_text": f"{late}: see whether the log can be written.",
    }


def _without_intervals(keeping: Keeping) -> str:
    return (
        "The last hour can't be shown: it is made of the log's intervals, and with [logging] level = "
        f'"{keeping.level}" none is written. With "info" they are. All figures of tiers and rates of queues are over '
        f"the whole time since {_time(keeping.begun_utc)} UTC."
    )


def _of_none(keeping: Keeping, next_utc: float) -> str:
    return (
        f"No interval is over yet since {_time(keeping.begun_utc)} UTC: the first charts come at {_time(next_utc)}. "
        f"{_before(keeping)}"
    )


def _of_some(intervals: Sequence[PastInterval], keeping: Keeping) -> str:
    begin_utc, count = intervals[0].begin_utc, len(intervals)
    span = f"{_time(begin_utc)} to {_time(intervals[-1].end_utc)} UTC, {count} interval{'s' if count > 1 else ''}."
    is_all = begin_utc <= keeping.begun_utc + _AT_ONCE_SECONDS
    return f"{span} {_before(keeping)}" if is_all else f"{span} The log has what was before."


def _before(keeping: Keeping) -> str:
    if not keeping.is_anew:
        return "The daemon began then."
    return (
        "It is kept in the observer's memory, which began anew then, as with each reload: the log has what was before."
    )


def _next_utc(begin_utc: float, interval_seconds: float) -> float:
    """When the next interval that is shown is over: they end where the clock has full ones."""
    return ceil((begin_utc + SHORTEST_SECONDS) / interval_seconds) * interval_seconds


def _time(utc_seconds: float) -> str:
    return iso_utc(utc_seconds)[11:19]
