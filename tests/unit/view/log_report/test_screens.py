"""The report's pictures in docs/screens show what the program draws today; `make screens` writes them."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from doubles.log_report.eventful import eventful_day
from doubles.log_report.made_log import report, write
from punctuald.view.charts.chart import Chart
from punctuald.view.charts.style import Theme
from punctuald.view.charts.svg import svg
from punctuald.view.log_report.page import as_page
from punctuald.view.log_report.sections import Section, sections

DOCS = Path(__file__).parents[4] / "docs" / "screens"
PICTURES = {
    "report-workers": "Workers, and why there were so many",
    "report-latency": "peak: how long messages took",
}
SHOTS = {
    "report-light": ("1000,1800",),
    "report-dark": ("1000,1800", "--blink-settings=preferredColorScheme=0"),
    "report-phone": ("500,1800",),
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


@pytest.mark.skipif(not WRITES, reason="`make screens` looks at the page with a browser")
@pytest.mark.parametrize("name", SHOTS)
def test_a_browser_shows_the_page(name: str, shown: tuple[Section, ...], tmp_path: Path) -> None:
    browser = shutil.which("chromium")
    assert browser is not None, "make screens needs chromium"
    page, shot = tmp_path / "report.html", tmp_path / "shot.png"
    page.write_text(as_page("punctuald report: vm1.log", shown), encoding="utf-8")
    size, *options = SHOTS[name]
    plain = ("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars")
    command = [browser, *plain, *options, f"--window-size={size}", f"--screenshot={shot}", page.as_uri()]
    subprocess.run(command, capture_output=True, check=True, timeout=60)
    assert shot.read_bytes().startswith(b"\x89PNG")
    shutil.copy(shot, DOCS / f"{name}.png")
