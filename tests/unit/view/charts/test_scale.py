"""Which values an axis spans, and which of them have a line."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from punctuald.view.charts.chart import Axis, Chart, Kind, Series, Threshold, Unit
from punctuald.view.charts.labels import label, time_ticks
from punctuald.view.charts.scale import Scale, ticks, y_range

DAY = 86_400.0
MONDAY = 1_795_392_000.0  # 2026-11-23 00:00 UTC


def chart(*values: float | None, kind: Kind = Kind.LINES, unit: Unit = Unit.COUNT, is_log: bool = False) -> Chart:
    series = Series("each", tuple(map(float, range(len(values)))), values)
    return Chart("", kind, Axis("", Unit.TIME), Axis("", unit, is_log=is_log), (series, series))


@given(st.lists(st.just(0.0) | st.floats(1e-9, 1e12), min_size=1, max_size=20))
def test_an_axis_spans_all_values_from_zero_on(values: list[float]) -> None:
    low, high = y_range(chart(*values))
    assert low == 0
    assert high >= max(values) * (1 - 1e-9)


@given(st.lists(st.floats(1e-6, 1e9), min_size=1, max_size=20))
def test_a_logarithmic_axis_spans_all_values_in_decades(values: list[float]) -> None:
    low, high = y_range(chart(*values, is_log=True))
    assert low <= min(values) * (1 + 1e-9)
    assert high >= max(values) * (1 - 1e-9)


def test_layers_are_added_up() -> None:
    assert y_range(chart(3.0, 5.0, kind=Kind.STACKED))[1] >= 10


def test_a_threshold_above_all_values_is_in_the_picture() -> None:
    series = Series("p95", (0.0,), (1.0,))
    above = (Threshold("3 s", 3.0),)
    described = Chart("", Kind.LINES, Axis("", Unit.TIME), Axis("", Unit.SECONDS), (series,), thresholds=above)
    assert y_range(described)[1] >= 3.0


def test_shares_near_the_full_hundred_are_told_apart() -> None:
    low, high = y_range(chart(0.999, 0.998, unit=Unit.SHARE))
    assert high == 1.0
    assert 0.99 < low < 0.998


@given(st.floats(0.001, 1e9), st.integers(2, 10))
def test_lines_are_few_and_evenly_spaced(high: float, most: int) -> None:
    places = ticks(Axis("", Unit.SECONDS), 0.0, high, most)
    assert 1 <= len(places) <= most + 1
    steps = [after - before for before, after in pairwise(places)]
    assert steps == pytest.approx(steps[:1] * len(steps))


def test_days_begin_by_the_axis_clock_also_where_the_clocks_change() -> None:
    axis = Axis("", Unit.TIME, zone="Europe/Berlin")
    begin = 1_792_706_400.0  # 2026-10-23 00:00 in Berlin; winter time begins on the 25th
    places = time_ticks(axis, begin, begin + 4 * DAY + 3600, 5)
    assert [text for _, text in places] == ["23 Oct", "24 Oct", "25 Oct", "26 Oct", "27 Oct"]
    assert places[3][0] - places[2][0] == 25 * 3600


def test_hours_of_a_day() -> None:
    shown = [text for _, text in time_ticks(Axis("", Unit.TIME), MONDAY, MONDAY + DAY, 5)]
    assert shown == ["00:00", "06:00", "12:00", "18:00", "00:00"]


def test_midnights_of_several_days_have_their_date() -> None:
    shown = [text for _, text in time_ticks(Axis("", Unit.TIME), MONDAY, MONDAY + 2 * DAY, 5)]
    assert shown == ["23 Nov", "12:00", "24 Nov", "12:00", "25 Nov"]


def test_a_scale_keeps_what_is_outside_at_its_end() -> None:
    scale = Scale(0, 10, 100, 0)
    assert [scale.at(value) for value in (-5, 0, 5, 10, 99)] == [100, 100, 50, 0, 0]


def test_what_is_not_known_is_a_dash() -> None:
    assert label(Axis("", Unit.SECONDS), None) == "–"  # noqa: RUF001 - a dash
    assert label(Axis("", Unit.SECONDS), 0.0) == "0"
    assert label(Axis("", Unit.SHARE), 0.99999) == "99.99 %"
