"""The report's charts in docs/screens are what the program draws today; `make screens` writes them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from doubles.log_report.eventful import eventful_day
from doubles.log_report.made_log import report, write
from punctuald.view.charts.chart import Chart
from punctuald.view.charts.style import Theme
from punctuald.view.charts.svg import svg
from punctuald.view.log_report.sections import Section, sections

DOCS = Path(__file__).parents[4] / "docs" / "screens"
PICTURES = {
    "report-workers": "Workers, and why there were so many",
    "report-latency": "peak: how long messages took",
}
WRITES = bool(os.environ.get("WRITE_SCREENS"))


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> tuple[Section, ...]:
    log = write(tmp_path_factory.mktemp("log") / "vm1.log", eventful_day())
    return tuple(sections(report(log, zone="Europe/Berlin")))


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_what_is_drawn_today(name: str, shown: tuple[Section, ...]) -> None:
    charts: dict[str, Chart] = {chart.title: chart for section in shown for chart in section.charts}
    drawn = svg(charts[PICTURES[name]], theme=Theme.LIGHT) + "\n"
    if WRITES:
        (DOCS / f"{name}.svg").write_text(drawn, encoding="utf-8")
    assert (DOCS / f"{name}.svg").read_text(encoding="utf-8") == drawn
