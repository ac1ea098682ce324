"""What is inside the axes: curves, layers, bars or cells, as SVG elements."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise
from xml.sax.saxutils import escape

from .chart import Chart, Series, Shape
from .labels import label
from .scale import Scale, cell_span
from .style import COLOURS

_LONE_CELL = 8.0  # pixels, as the next one
_LONE_LAYER = 4.0

Points = list[tuple[float, float]]


def lines(chart: Chart, x: Scale, y: Scale) -> Iterator[str]:
    """A curve for each series; a gap where nothing is known, and a dot where one value stands alone."""
    for number, series in enumerate(chart.series):
        for run in _known_runs(series):
            points = [(x.at(at), y.at(value)) for at, value in run]
            path = _stepped(points) if series.shape is Shape.STEP else points
            colour = number % COLOURS
            if len(path) == 1:
                yield f'<circle class="fill{colour}" cx="{path[0][0]:.1f}" cy="{path[0][1]:.1f}" r="2"/>'
            else:
                yield f'<path class="line{colour}" d="M{_joined(path)}"/>'


def stacked(chart: Chart, x: Scale, y: Scale) -> Iterator[str]:
    """Areas, the first series the lowest. Where none of the series is known there is a gap."""
    columns = list(zip(chart.series[0].x, *(series.y for series in chart.series), strict=True)) if chart.series else []
    for is_known, run in groupby(columns, key=lambda column: any(value is not None for value in column[1:])):
        if is_known:
            yield from _layers(list(run), x, y)


def bars(chart: Chart, x: Scale, y: Scale, row_height: float) -> Iterator[str]:
    """Horizontal bars: ``y`` is of the rows, ``x`` of the values, which stand to the right of the bars."""
    for row, category in enumerate(chart.x_axis.categories):
        total, top = 0.0, y.at(row)
        for number, series in enumerate(chart.series):
            value = dict(zip(series.x, series.y, strict=True)).get(float(row)) or 0.0
            begin, end = x.at(total), x.at(total + value)
            total += value
            text = escape(f"{category}, {series.name}: {label(chart.y_axis, value)}")
            yield (
                f'<rect class="fill{number % COLOURS}" x="{begin:.1f}" y="{top:.1f}" '
                f'width="{max(0.0, end - begin):.1f}" height="{row_height * 0.7:.1f}"><title>{text}</title></rect>'
            )
        yield f'<text x="{x.at(total) + 4:.1f}" y="{top + row_height * 0.5:.1f}">{label(chart.y_axis, total)}</text>'


def heat(chart: Chart, x: Scale, y: Scale, row_height: float) -> Iterator[str]:
    """A cell for each value that is known and not 0; the square root of its share of the greatest is its opacity, so
    that few messages far from the others can be seen."""
    greatest = max((value for series in chart.series for value in series.y if value is not None), default=0.0) or 1.0
    for row, series in enumerate(chart.series):
        width = x.at(x.low + cell_span(series.x)) - x.begin or _LONE_CELL
        for at, value in zip(series.x, series.y, strict=True):
            if value:
                text = escape(f"{label(chart.x_axis, at)}, {series.name}: {label(chart.y_axis, value)}")
                yield (
                    f'<rect class="cell" x="{x.at(at):.1f}" y="{y.at(row) - row_height:.1f}" width="{width:.1f}" '
                    f'height="{row_height:.1f}" opacity="{max(0.06, (value / greatest) ** 0.5):.2f}">'
                    f"<title>{text}</title></rect>"
                )


def _known_runs(series: Series) -> Iterator[Points]:
    for is_known, run in groupby(zip(series.x, series.y, strict=True), key=lambda point: point[1] is not None):
        if is_known:
            yield [(at, value) for at, value in run if value is not None]


def _stepped(points: Points) -> Points:
    corners = [point for (_, before), (x, y) in pairwise(points) for point in ((x, before), (x, y))]
    return points[:1] + corners


def _layers(columns: Sequence[Sequence[float | None]], x: Scale, y: Scale) -> Iterator[str]:
    places = [x.at(column[0] or 0.0) for column in columns]
    if len(places) == 1:  # which has no width, and could not be seen
        places, columns = [places[0] - _LONE_LAYER / 2, places[0] + _LONE_LAYER / 2], [*columns, *columns]
    lower = [0.0] * len(columns)
    for number in range(len(columns[0]) - 1):
        upper = [below + (column[number + 1] or 0.0) for below, column in zip(lower, columns, strict=True)]
        outline = [(at, y.at(value)) for at, value in zip(places, upper, strict=True)]
        outline += [(at, y.at(value)) for at, value in reversed(list(zip(places, lower, strict=True)))]
        yield f'<path class="fill{number % COLOURS}" opacity="0.85" d="M{_joined(outline)}Z"/>'
        lower = upper


def _joined(points: Points) -> str:
    return "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
