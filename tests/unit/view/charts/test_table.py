"""A chart as a table and as JSON: the same values."""

from __future__ import annotations

import json

from punctuald.view.charts.chart import Axis, Chart, Kind, Series, Unit
from punctuald.view.charts.json_form import as_json
from punctuald.view.charts.table import table_of

NOON = 1_795_780_800.0
CHART = Chart(
    "</script>",
    Kind.LINES,
    Axis("time", Unit.TIME, zone="Europe/Berlin"),
    Axis("seconds", Unit.SECONDS),
    (Series("p50", (NOON,), (0.5,)), Series("p99", (NOON, NOON + 60), (2.0, None))),
)


def test_the_table_has_a_row_for_each_place_and_a_dash_for_what_is_not_known() -> None:
    table = table_of(CHART)
    assert table.head == ("time", "p50 (seconds)", "p99 (seconds)")
    assert table.rows == (("2026-11-27 13:00:00", "500 ms", "2.00 s"), ("2026-11-27 13:01:00", "–", "–"))  # noqa: RUF001


def test_json_has_all_fields_and_can_stand_in_a_page() -> None:
    text = as_json(CHART)
    assert "<" not in text
    fields = json.loads(text)
    assert fields["title"] == "</script>"
    assert fields["x_axis"]["zone"] == "Europe/Berlin"
    assert [series["y"] for series in fields["series"]] == [[0.5], [2.0, None]]
