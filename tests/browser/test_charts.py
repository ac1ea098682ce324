"""Charts and how one finds one's way in them: by pointer, by keyboard, without seeing them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from browser.shop import Shop
from browser.tab import Tab

CHARTS = [
    "Latency of tier interactive", "Burn of the error budget of tier interactive", "Latency of tier batch",
    "Burn of the error budget of tier batch", "Arrivals and what is done", "Backlog", "Workers",
    "Mean time of a message by stage", "Latencies of messages over time",
]  # fmt: skip
LOAD = 'section[aria-label="Load and workers"]'
WORKERS = f"{LOAD} figure:nth-of-type(3)"
SLIDER = f"document.querySelector('{LOAD} input')"
OF_THE_LAST_RULE = "getAttribute('d').split(' ')[0]"
IN_THE_MIDDLE = """(() => {
  const figure = document.querySelector('%s svg');
  figure.scrollIntoView();
  const box = figure.getBoundingClientRect();
  return [box.left + box.width / 2, box.top + box.height / 2];
})()"""


@pytest.fixture
def page(shop: Shop, tab: Tab) -> Iterator[Tab]:
    """With two intervals at least."""
    shop.start()
    with shop.customers():
        shop.show(tab)
        tab.wait_for("Number(document.body.dataset.intervals) >= 2")
        yield tab


def test_the_last_hour_can_be_seen_pointed_at_and_read(page: Tab) -> None:
    """One daemon for all of it: half a minute goes by until it has two intervals."""
    assert page.each("figure h4") == CHARTS
    assert min(page.each("figure svg", "children.length")) > 5
    assert page.each("figure svg", "role") == ["img"] * len(CHARTS)
    assert all(label.startswith(title) for label, title in zip(page.each("svg", "ariaLabel"), CHARTS, strict=True))
    axes = page.each(f"{LOAD} path.rule", OF_THE_LAST_RULE)
    assert len(set(axes)) == 1, "their axes of time begin at one place"
    a_keyboard_moves_the_moment_in_all_charts_of_a_group(page)
    a_table_has_the_numbers_of_its_chart(page)
    a_pointer_finds_a_moment_and_marks_say_their_reasons(page)
    a_moment_that_is_looked_at_stays_when_an_interval_is_added(page)


def a_keyboard_moves_the_moment_in_all_charts_of_a_group(page: Tab) -> None:
    page.value(f"{SLIDER}.focus()")
    newest = int(page.value(f"{SLIDER}.value"))
    page.press("ArrowLeft")
    assert int(page.value(f"{SLIDER}.value")) == newest - 1
    readouts = page.each(f"{LOAD} .readout")
    assert len(readouts) == 3
    said = page.value(f"{SLIDER}.ariaValueText")
    assert all(text and text in said for text in readouts)
    assert page.value("getComputedStyle(document.activeElement).outlineStyle") == "solid"


def a_table_has_the_numbers_of_its_chart(page: Tab) -> None:
    page.value(f"document.querySelector('{WORKERS} summary').click()")
    page.wait_for(f"document.querySelectorAll('{WORKERS} tbody tr').length >= 2")
    assert page.each(f"{WORKERS} thead th") == ["Time", "ready", "wanted"]
    ready = page.each(f"{WORKERS} tbody td:nth-of-type(1)")
    assert set(ready) <= {"1", "2", "3"}


def a_pointer_finds_a_moment_and_marks_say_their_reasons(page: Tab) -> None:
    marks = page.each(f"{WORKERS} .mark title")
    assert marks
    assert all(" workers: " in mark for mark in marks)
    page.point_at(*page.value(IN_THE_MIDDLE % WORKERS))
    readout = page.wait_for(f"document.querySelector('{WORKERS} .readout').textContent")
    assert readout.startswith("ready ")


def a_moment_that_is_looked_at_stays_when_an_interval_is_added(page: Tab) -> None:
    page.point_at(0, 0)
    page.value(f"{SLIDER}.focus()")
    page.press("ArrowLeft")
    moment = f"document.querySelector('{LOAD} .moment').textContent"
    looked_at, intervals = page.value(moment), page.value("document.body.dataset.intervals")
    page.wait_for(f"Number(document.body.dataset.intervals) > {intervals}")
    assert page.value(moment) == looked_at
