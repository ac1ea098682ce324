"""The page's script draws charts as a report does: the same spans, the same lines, the same words."""

from __future__ import annotations

from itertools import product

import orjson
import pytest

from browser.shop import Shop
from browser.tab import Tab
from punctuald.view.charts.chart import Axis, Chart, Kind, Series, Threshold, Unit
from punctuald.view.charts.json_form import as_fields
from punctuald.view.charts.labels import label
from punctuald.view.charts.scale import ticks, y_range

MOST = 4
AXES = [
    Axis("", Unit.COUNT),
    Axis("", Unit.PER_SECOND),
    Axis("", Unit.SECONDS),
    Axis("", Unit.SECONDS, is_log=True),
]
VALUES: list[tuple[float | None, ...]] = [
    (0.0,), (None,), (1.0, None, 3.0), (0.002, 0.7), (999.0, 1.0), (12_345.0, 0.0), (0.3, 59.0, 61.0), (7200.0, 0.05),
]  # fmt: skip
SPANS = """import("/scale.js").then((scale) => charts.map((chart) => {
  const [low, high] = scale.yRange(chart);
  return [low, high, ...scale.ticks(chart.y_axis, low, high, most)];
}))"""
WORDS = (
    'import("/words.js").then((words) => charts.map(({ y_axis }) => values.map((each) => words.onAxis(y_axis, each))))'
)


def chart(axis: Axis, values: tuple[float | None, ...], kind: Kind) -> Chart:
    series = Series("each", tuple(map(float, range(len(values)))), values)
    limits = (Threshold("limit", 5.0),) if axis.is_log else ()
    return Chart("", kind, Axis("", Unit.TIME), axis, (series, series), thresholds=limits)


CHARTS = [chart(*each) for each in product(AXES, VALUES, (Kind.LINES, Kind.STACKED)) if not each[0].is_log]
CHARTS += [chart(AXES[-1], values, Kind.LINES) for values in VALUES]


def given(**names: object) -> str:
    return "".join(f"const {name} = {orjson.dumps(value).decode()};" for name, value in names.items())


def test_axes_and_their_words_are_those_of_a_report(shop: Shop, tab: Tab) -> None:
    shop.start()
    shop.show(tab)
    values = [None, 0.0, 0.0004, 0.005, 0.25, 1.0, 2.5, 59.999, 60.0, 3600.0, 123_456.0]
    fields = given(charts=list(map(as_fields, CHARTS)), most=MOST, values=values)
    spans, words = (tab.value(f"(() => {{ {fields} return {script}; }})()") for script in (SPANS, WORDS))
    for described, span, written in zip(CHARTS, spans, words, strict=True):
        low, high = y_range(described)
        wanted = [low, high, *ticks(described.y_axis, low, high, MOST)]
        assert span == pytest.approx(wanted), described
        assert written == [label(described.y_axis, value) for value in values]
