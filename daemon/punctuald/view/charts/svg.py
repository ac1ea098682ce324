"""Draws a chart as SVG. It needs no script: what is pointed at is named by ``<title>``, and who can't see it has the
chart's title and summary, and `table` beside it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2s
from textwrap import wrap
from xml.sax.saxutils import escape

from punctuald.view.terminal.printable import excerpt

from .bodies import bars, heat, lines, stacked
from .chart import Chart, Kind, Unit
from .labels import label, time_ticks
from .scale import Scale, ticks, x_range, y_range
from .style import COLOURS, Theme, style_of

_CHARACTER = 6.8
"""Pixels that a character of 12 px takes, or somewhat less: for legends and margins, where a guess will do."""
_TITLE_CHARACTER = 9.0
"""The same of a title, which is larger and bold."""
_SWATCH = 28.0
"""What a name in the legend takes beside its characters: its colour, and the room between them."""
_LEFT = 62.0
"""The least room to the left, so that charts below one another, over the same time, have their axes in one place."""
_LINE = 18.0
_ROW = 24.0
_GAP = 12.0


@dataclass(frozen=True, slots=True)
class Size:
    """In pixels; the height is that of the plot, to which the title and the legend add theirs."""

    width: int = 760
    plot_height: int = 200


WIDE, NARROW = Size(), Size(350, 170)


@dataclass(frozen=True, slots=True)
class _Plot:
    """Where the axes are."""

    left: float
    top: float
    right: float
    bottom: float


def svg(chart: Chart, size: Size = WIDE, theme: Theme | None = None) -> str:
    """The element. With ``theme`` it has its own style sheet, and may be a file; without, the page has `STYLE`."""
    title, below_title = _title(chart, size)
    legend, legend_height = _legend(chart, size, below_title)
    plot = _plot(chart, size, below_title + legend_height)
    height = plot.bottom + _LINE * 1.6
    key = blake2s(f"{chart}{size}".encode(), digest_size=6).hexdigest()
    opening = (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="chart" role="img" viewBox="0 0 {size.width} {height:.0f}" '
        f'width="{size.width}" height="{height:.0f}" aria-labelledby="t{key} d{key}">'
        f'<title id="t{key}">{escape(chart.title)}</title><desc id="d{key}">{escape(chart.summary)}</desc>'
    )
    parts = (
        opening,
        f"<style>{style_of(theme)}</style>" if theme else "",
        title,
        legend,
        *_inside(chart, plot),
        "</svg>",
    )
    return "".join(parts)


def _plot(chart: Chart, size: Size, top: float) -> _Plot:
    rows = len(chart.x_axis.categories) if chart.kind is Kind.BARS else len(chart.series)
    has_rows = chart.kind in {Kind.BARS, Kind.HEAT}
    names = _row_names(chart) if has_rows else [label(chart.y_axis, value) for value in y_range(chart)]
    widest = max(map(len, names), default=0) * _CHARACTER + _GAP
    left = min(max(widest, _LEFT), size.width * 0.4)
    row = _ROW if chart.kind is Kind.BARS else size.plot_height / max(rows, 1)
    height = row * rows if has_rows else size.plot_height
    right = size.width - (_CHARACTER * 9 if chart.kind is Kind.BARS else _GAP)
    return _Plot(left, top, right, top + max(height, _ROW))


def _row_names(chart: Chart) -> list[str]:
    return list(chart.x_axis.categories) if chart.kind is Kind.BARS else [series.name for series in chart.series]


def _inside(chart: Chart, plot: _Plot) -> Iterator[str]:
    if chart.is_empty:
        yield f'<text class="axis" x="{plot.left:.0f}" y="{plot.top + _LINE:.0f}">Nothing is known.</text>'
        return
    if chart.kind is Kind.BARS:
        yield from _bar_rows(chart, plot)
        return
    low, high = x_range(chart)
    x = Scale(low, high, plot.left, plot.right)
    yield from _bands(chart, x, plot)
    if chart.kind is Kind.HEAT:
        yield from _heat_rows(chart, x, plot)
    else:
        yield from _curves(chart, x, plot)
    yield from _x_axis(chart, x, plot)
    yield from _marks(chart, x, plot)


def _bar_rows(chart: Chart, plot: _Plot) -> Iterator[str]:
    names = chart.x_axis.categories
    totals = [sum(series.y[row] or 0.0 for series in chart.series) for row in range(len(names))]
    rows = Scale(0, len(names), plot.top, plot.bottom)
    yield from (_row_name(name, plot.left, rows.at(row) + _ROW * 0.5) for row, name in enumerate(names))
    yield from bars(chart, Scale(0, max(totals) or 1.0, plot.left, plot.right), rows, _ROW)


def _heat_rows(chart: Chart, x: Scale, plot: _Plot) -> Iterator[str]:
    count = len(chart.series)
    row_height = (plot.bottom - plot.top) / count
    rows = Scale(0, count, plot.bottom, plot.top)
    each = max(1, round(_LINE / row_height))
    yield from (
        _row_name(series.name, plot.left, rows.at(row) - row_height / 2 + 4)
        for row, series in enumerate(chart.series)
        if row % each == 0
    )
    yield from heat(chart, x, rows, row_height)


def _row_name(name: str, left: float, y: float) -> str:
    return f'<text class="axis" text-anchor="end" x="{left - 6:.0f}" y="{y:.0f}">{escape(name)}</text>'


def _curves(chart: Chart, x: Scale, plot: _Plot) -> Iterator[str]:
    low, high = y_range(chart)
    y = Scale(low, high, plot.bottom, plot.top, is_log=chart.y_axis.is_log)
    for value in ticks(chart.y_axis, low, high, 4):
        yield f'<path class="rule" d="M{plot.left:.0f} {y.at(value):.1f}H{plot.right:.0f}"/>'
        yield _row_name(label(chart.y_axis, value), plot.left, y.at(value) + 4)
    yield from (lines if chart.kind is Kind.LINES else stacked)(chart, x, y)
    for limit in chart.thresholds:
        at = y.at(limit.value)
        yield f'<path class="limit" d="M{plot.left:.0f} {at:.1f}H{plot.right:.0f}"/>'
        place = f'x="{plot.right:.0f}" y="{at - 4:.1f}"'
        yield f'<text class="limit-name" text-anchor="end" {place}>{escape(limit.name)}</text>'


def _x_axis(chart: Chart, x: Scale, plot: _Plot) -> Iterator[str]:
    most = max(2, int((plot.right - plot.left) / 80))
    axis = chart.x_axis
    shown = (
        time_ticks(axis, x.low, x.high, most)
        if axis.unit in {Unit.TIME, Unit.DAY}
        else tuple((value, label(axis, value)) for value in ticks(axis, x.low, x.high, most))
    )
    yield f'<path class="rule" d="M{plot.left:.0f} {plot.bottom:.1f}H{plot.right:.0f}"/>'
    for value, text in shown:
        place = x.at(value)
        anchor = "end" if place > plot.right - 3 * _CHARACTER else "middle"
        yield f'<text class="axis" text-anchor="{anchor}" x="{place:.0f}" y="{plot.bottom + _LINE:.0f}">{text}</text>'


def _bands(chart: Chart, x: Scale, plot: _Plot) -> Iterator[str]:
    for band in chart.bands:
        begin, end = x.at(band.begin), x.at(band.end)
        yield (
            f'<rect class="band" x="{begin:.1f}" y="{plot.top:.0f}" width="{max(1.0, end - begin):.1f}" '
            f'height="{plot.bottom - plot.top:.0f}"><title>{escape(band.text)}</title></rect>'
        )


def _marks(chart: Chart, x: Scale, plot: _Plot) -> Iterator[str]:
    for mark in chart.marks:
        yield (
            f'<path class="mark mark-{mark.kind}" d="M{x.at(mark.x):.1f} {plot.top:.0f}V{plot.bottom:.0f}">'
            f"<title>{escape(mark.text)}</title></path>"
        )


def _title(chart: Chart, size: Size) -> tuple[str, float]:
    """As many lines as it needs, and where the next one is."""
    rows = wrap(chart.title, int(size.width / _TITLE_CHARACTER)) or [""]
    lines = (
        f'<text class="title" x="4" y="{16 + number * _LINE:.0f}">{escape(row)}</text>'
        for number, row in enumerate(rows)
    )
    return "".join(lines), _LINE * (len(rows) + 0.9)


def _legend(chart: Chart, size: Size, top: float) -> tuple[str, float]:
    """The names of the series beside their colours, and the height of that; of a single one there is none."""
    if chart.kind is Kind.HEAT or (len(chart.series) < 2 and chart.kind is Kind.BARS):  # noqa: PLR2004 - one needs none
        return "", 0.0
    parts, x, y = [], 4.0, top
    most = int((size.width - _SWATCH) / _CHARACTER)
    for number, series in enumerate(chart.series):
        name = excerpt(series.name, most - 1)
        said = "" if name == series.name else f"<title>{escape(series.name)}</title>"
        width = len(name) * _CHARACTER + _SWATCH
        if x + width > size.width and x > 4.0:  # noqa: PLR2004 - not the first of its line
            x, y = 4.0, y + _LINE
        parts.append(
            f'<rect class="fill{number % COLOURS}" x="{x:.0f}" y="{y - 9:.0f}" width="10" height="10"/>'
            f'<text x="{x + 15:.0f}" y="{y:.0f}">{escape(name)}{said}</text>'
        )
        x += width
    return "".join(parts), y - top + _LINE
