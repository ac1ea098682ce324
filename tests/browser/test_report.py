"""The page of `punctuald report`, in a real browser: readable for everybody, and nothing leaves it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from browser.accessibility import PHONE, reached_by_tabs, serious, serious_in_any_look
from browser.legibility import badly_placed_words, smallest_pixels
from browser.tab import Tab
from doubles.log_report.eventful import eventful_day
from doubles.log_report.made_log import HOUR, NOON, daemon, queue, tier, write
from punctuald.cli import status_of

MORNING = "2026-11-27..2026-11-27T12:00"
EVENING = "2026-11-27T12:00..2026-11-28"
OPTIONS = {
    "of a day": ("vm1.log",),
    "of two spans": ("vm1.log", "--compare", MORNING, EVENING),
    "of nothing": ("empty.log",),
    "of long names": ("long.log",),
}
LONG = "a_tier_of_those_who_could_not_agree_on_a_name_and_took_all_that_were_proposed"
UNREACHABLE = """[...document.querySelectorAll("*")]
  .filter((each) => each.scrollWidth > each.clientWidth + 1 && getComputedStyle(each).overflowX === "auto")
  .filter((each) => each.tabIndex < 0)
  .map((each) => each.outerHTML.slice(0, 200))"""


def with_long_names(begin: float) -> Iterator[bytes]:
    yield tier(begin, name=LONG, late={"queue": 3}, end_to_end={1200: 50}, stages={"handle": {"mean_seconds": 0.2}})
    yield tier(begin, name=f"{LONG} {LONG}", end_to_end={1200: 50}, stages={"handle": {"mean_seconds": 0.2}})
    yield queue(begin, name=LONG, arrivals=50, errors={f"{LONG} {LONG}": 3})
    yield daemon(begin)


@pytest.fixture(params=OPTIONS)
def report(request: pytest.FixtureRequest, tab: Tab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tab:
    """As the command wrote it, opened from the disk."""
    monkeypatch.chdir(tmp_path)
    write(Path("vm1.log"), eventful_day())
    write(Path("empty.log"), [])
    write(Path("long.log"), [each for begin in (NOON, NOON + 3 * HOUR) for each in with_long_names(begin)])
    status = status_of(["report", *OPTIONS[request.param]])
    assert status == (1 if request.param == "of nothing" else 0)
    tab.record_requests()
    tab.load((tmp_path / "punctuald-report.html").as_uri())
    return tab


def test_nothing_serious_is_found_and_nothing_leaves_the_page(report: Tab, axe: str) -> None:
    address = report.value("location.href")
    report.value(axe + "; true")
    assert serious_in_any_look(report) == []
    report.value("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    assert serious(report) == []
    assert report.requested() == [address]


@pytest.mark.parametrize("width", [1200, PHONE])
def test_no_word_is_cut_or_too_small_or_over_another(report: Tab, width: int) -> None:
    report.resize(width, phone=width == PHONE)
    assert report.value("document.scrollingElement.scrollWidth") <= width
    assert smallest_pixels(report) >= 11
    assert badly_placed_words(report) == []


def test_all_can_be_reached_by_keyboard(report: Tab) -> None:
    links = report.each("nav a")
    opened = report.each("summary")
    tables = report.each("section > [role=region]", "ariaLabel")
    reached = list(reached_by_tabs(report))
    assert reached[: len(links)] == links
    assert [each for each in reached if each in opened] == opened
    assert [each for each in reached if each in tables] == tables
    assert report.value(UNREACHABLE) == []


def test_the_numbers_of_a_chart_open_and_close_with_enter(report: Tab) -> None:
    for number in range(len(report.each("summary"))):
        report.value(f"document.querySelectorAll('summary')[{number}].focus()")
        report.press("Enter")
        assert report.value(f"document.querySelectorAll('details')[{number}].open")
        report.press("Tab")
        assert report.value("document.activeElement.role") == "region", "its table is next, and scrolls by arrow keys"
    assert report.value(UNREACHABLE) == []
