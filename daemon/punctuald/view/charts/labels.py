"""Numbers of an axis as people read them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from punctuald.view.terminal.human import (
    DAY,
    HOUR,
    MINUTE,
    UNKNOWN,
    human_seconds,
    human_share,
    short_count,
    short_rate,
)

from .chart import Axis, Unit

_STEPS = (1, 2, 5, 10, 15, 30, MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE, 30 * MINUTE)
_STEPS_OF_HOURS = tuple(hours * HOUR for hours in (1, 2, 3, 6, 12))
_STEPS_OF_DAYS = tuple(days * DAY for days in (1, 2, 7, 14, 28, 91, 182, 364))

_MOMENTS = {Unit.TIME: "%Y-%m-%d %H:%M:%S", Unit.DAY: "%Y-%m-%d"}


def label(axis: Axis, value: float | None) -> str:
    """A value of ``axis``; None is `UNKNOWN`."""
    if value is None:
        return UNKNOWN
    if axis.categories:
        return axis.categories[int(value)]
    if axis.unit in _MOMENTS:
        return f"{local(axis, value):{_MOMENTS[axis.unit]}}"
    if axis.unit is Unit.SECONDS:
        return human_seconds(value) if value else "0"
    if axis.unit is Unit.SHARE:
        return human_share(value)
    return short_rate(value) if axis.unit is Unit.PER_SECOND or value != int(value) else short_count(int(value))


def local(axis: Axis, utc_seconds: float) -> datetime:
    """A moment by the axis' clock."""
    return datetime.fromtimestamp(utc_seconds, UTC).astimezone(ZoneInfo(axis.zone))


def time_ticks(axis: Axis, low: float, high: float, most: int) -> tuple[tuple[float, str], ...]:
    """At most ``most`` moments or so, each with its label: full days, hours, minutes or seconds by the axis' clock. Of
    more than a day midnights have their date: else the hours of each could be those of any."""
    steps = _STEPS_OF_DAYS if axis.unit is Unit.DAY else (*_STEPS, *_STEPS_OF_HOURS, *_STEPS_OF_DAYS)
    step = next((each for each in steps if (high - low) / each <= most), steps[-1])
    midnight = local(axis, low).replace(hour=0, minute=0, second=0, microsecond=0)
    if step >= DAY:
        days = step // DAY
        moments = [midnight + timedelta(days=number * days) for number in range(int((high - low) // step) + 2)]
    else:
        # Counted from the local midnight in elapsed seconds: at a change of the clocks later labels are off by that
        # hour and still true, for each is read from its own moment.
        begin = midnight.timestamp()
        first = int((low - begin) // step)
        count = int((high - low) // step) + 2
        moments = [local(axis, begin + (first + number) * step) for number in range(count)]
    has_days = high - low > DAY or axis.unit is Unit.DAY
    seen = [(moment.timestamp(), f"{moment:{_pattern(moment, step, has_days=has_days)}}") for moment in moments]
    return tuple((at, text) for at, text in seen if low <= at <= high)


def _pattern(moment: datetime, step: int, *, has_days: bool) -> str:
    if step >= DAY or (has_days and moment.hour == moment.minute == moment.second == 0):
        return "%d %b"
    return "%H:%M" if step >= MINUTE else "%H:%M:%S"
