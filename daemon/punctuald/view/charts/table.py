"""The table behind a chart, for who reads numbers rather than looks, or can't look."""

from __future__ import annotations

from dataclasses import dataclass

from .chart import Chart, Kind
from .labels import label


@dataclass(frozen=True, slots=True)
class Table:
    """Words, as they are shown; each row has a cell for each of ``head``."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def table_of(chart: Chart) -> Table:
    """A row for each place on the x axis, a column for each series. What is not known is a dash."""
    places = sorted({place for series in chart.series for place in series.x})
    columns = [dict(zip(series.x, series.y, strict=True)) for series in chart.series]
    head = (chart.x_axis.title, *(_column(chart, series.name) for series in chart.series))
    rows = [
        (label(chart.x_axis, place), *(label(chart.y_axis, column.get(place)) for column in columns))
        for place in places
    ]
    return Table(head, tuple(rows))


def _column(chart: Chart, name: str) -> str:
    return name if chart.kind is Kind.HEAT or not chart.y_axis.title else f"{name} ({chart.y_axis.title})"
