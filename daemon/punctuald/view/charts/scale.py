"""From values to places along an axis, and which values have a line there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, floor, log10

from .chart import Axis, Chart, Kind, Unit

_ROUND = (1, 2, 5, 10)
_FLAT = 1e-12


@dataclass(frozen=True, slots=True)
class Scale:
    """From ``low`` … ``high`` to ``begin`` … ``end`` pixels; ``begin`` may be the greater one."""

    low: float
    high: float
    begin: float
    end: float
    is_log: bool = False

    def at(self, value: float) -> float:
        """The place of a value; one that lies outside has the place of the nearer end."""
        low, high = self._scaled(self.low), self._scaled(self.high)
        share = (self._scaled(min(max(value, self.low), self.high)) - low) / ((high - low) or 1.0)
        return self.begin + share * (self.end - self.begin)

    def _scaled(self, value: float) -> float:
        return log10(max(value, _FLAT)) if self.is_log else value


def x_range(chart: Chart) -> tuple[float, float]:
    """The least and the greatest x of all points; of cells, the end of the last one."""
    places = [x for series in chart.series for x in (series.x[:1] + series.x[-1:])]
    low, high = min(places, default=0.0), max(places, default=1.0)
    if chart.kind is Kind.HEAT:
        high += min((cell_span(series.x) for series in chart.series), default=0.0)
    return (low, high) if high > low else (low - 0.5, low + 0.5)


def cell_span(places: Sequence[float]) -> float:
    """How much of the x axis a cell takes that begins at one of ``places``; 0 where there are no two of them."""
    return min((right - left for left, right in pairwise(places)), default=0.0)


def y_range(chart: Chart) -> tuple[float, float]:
    """What the y axis spans: from 0 up, of shares near the full hundred from below it, of logarithms whole decades."""
    values = [*_values(chart), *(threshold.value for threshold in chart.thresholds)]
    if chart.y_axis.is_log:
        return _decades(value for value in values if value > 0)
    high = max(values, default=1.0)
    if chart.y_axis.unit is Unit.SHARE:
        low = min(values, default=0.0)
        return (max(0.0, low - (1 - low) * 0.1), 1.0) if low < 1 else (0.9, 1.0)
    high = high if high > _FLAT else 1.0
    step = _step(high, 4)
    return 0.0, ceil(high / step - _FLAT) * step


def ticks(axis: Axis, low: float, high: float, most: int) -> tuple[float, ...]:
    """At most ``most`` round values or so from ``low`` to ``high``; of a logarithmic axis, powers of ten."""
    if axis.is_log:
        first, last = round(log10(low)), round(log10(high))
        return tuple(10.0**power for power in range(first, last + 1, max(1, ceil((last - first) / most))))
    step = _step(high - low, most)
    if axis.unit is Unit.COUNT:
        step = max(step, 1.0)
    first, last = ceil(low / step - 1e-6), floor(high / step + 1e-6)
    return tuple(number * step for number in range(first, last + 1))


def _values(chart: Chart) -> Iterable[float]:
    if chart.kind is not Kind.STACKED:
        return (value for series in chart.series for value in series.y if value is not None)
    columns = zip(*(series.y for series in chart.series), strict=True)
    return (sum(value or 0.0 for value in column) for column in columns)


def _decades(values: Iterable[float]) -> tuple[float, float]:
    known = list(values) or [1.0]
    low, high = floor(log10(min(known))), ceil(log10(max(known)))
    return 10.0**low, 10.0 ** max(high, low + 1)


def _step(span: float, most: int) -> float:
    power = 10.0 ** floor(log10(max(span, _FLAT) / most))
    return next(factor * power for factor in _ROUND if span / (factor * power) <= most * (1 + 1e-9))
