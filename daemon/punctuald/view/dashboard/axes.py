"""The time axis that all charts of the page share."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from punctuald.view.charts.chart import Axis, Series, Shape, Unit

from .past_interval import PastInterval

TIME = Axis("Time", Unit.TIME)

Value = Callable[[PastInterval], float | None]


def series_of(name: str, intervals: Sequence[PastInterval], value: Value, shape: Shape = Shape.LINE) -> Series:
    """One value of each interval, at the moment when it ended. Rounded to microseconds: it goes over the wire."""
    values = [value(each) for each in intervals]
    rounded = tuple(None if each is None else round(each, 6) for each in values)
    return Series(name, tuple(round(each.end_utc, 3) for each in intervals), rounded, shape)


def greatest(series: Series) -> float | None:
    """None where no value is known."""
    return max((value for value in series.y if value is not None), default=None)


def latest(series: Series) -> float | None:
    """The last value; None where that is not known."""
    return series.y[-1] if series.y else None
