"""The page and the text of a report: both say the same, and the page needs nothing but itself."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from doubles.log_report.eventful import eventful_day
from doubles.log_report.made_log import daemon, report, tier, write
from punctuald.log_tables.figures.report import Report
from punctuald.view.log_report.page import as_page
from punctuald.view.log_report.sections import Section, sections
from punctuald.view.log_report.text import as_text

VOID = {"meta", "br"}


class Read(HTMLParser):
    """Elements that are closed, identifiers, links, and all text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.words: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self.open.append(tag)
        self.ids += [value or "" for name, value in attrs if name == "id"]
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Report:
    return report(write(tmp_path_factory.mktemp("log") / "vm1.log", eventful_day()), zone="Europe/Berlin")


@pytest.fixture(scope="module")
def shown(found: Report) -> tuple[Section, ...]:
    return tuple(sections(found))


def test_the_page_is_whole_and_its_links_lead_somewhere(shown: tuple[Section, ...]) -> None:
    read = Read(as_page("report", shown))
    assert read.open == []
    assert len(read.ids) == len(set(read.ids))
    links = [value for name, value in read.attributes if name == "href"]
    assert links == [f"#{section.key}" for section in shown]
    named = [each for name, value in read.attributes if name == "aria-labelledby" for each in value.split()]
    assert set(named) <= set(read.ids)


def test_the_page_loads_nothing_and_runs_nothing(shown: tuple[Section, ...]) -> None:
    page = as_page("report", shown)
    assert not re.search(r"<script|<link|<img|@import|url\(|\bsrc=|\bon\w+=", page)
    assert set(re.findall(r"https?://[^\"' ]+", page)) == {"http://www.w3.org/2000/svg"}
    assert "default-src 'none'" in page


def test_behind_each_chart_is_its_table(shown: tuple[Section, ...]) -> None:
    charts = [chart for section in shown for chart in section.charts]
    page = as_page("report", shown)
    assert len(charts) >= 9
    assert page.count("<figure>") == page.count("<details>") == len(charts)
    assert page.count("<svg") == 2 * len(charts), "wide, and narrow for a phone"


def test_what_scrolls_can_be_reached_by_keyboard_and_has_a_name(shown: tuple[Section, ...]) -> None:
    page = as_page("report", shown)
    assert page.count('<div class="scroll"') == page.count('role="region" tabindex="0" aria-label="')


def test_text_and_page_have_the_same_sentences_and_numbers(shown: tuple[Section, ...]) -> None:
    text, words = as_text("report", shown), set(Read(as_page("report", shown)).words)
    for section in shown:
        for sentence in section.sentences:
            assert sentence in text
            assert sentence in words
        for _, table in section.tables:
            for row in table.rows[:10]:
                assert set(row) - {""} <= words
                assert all(cell in text for cell in row)


def test_the_report_names_what_happened(shown: tuple[Section, ...]) -> None:
    text = as_text("report", shown)
    for said in (
        "downstream",
        "scale up lag",
        "1 torn, 1 not ours",
        "1 gap without intervals",
        "TimeoutError shop.py:41",
    ):
        assert said in text
    assert re.search(r"peak +vm1 +2026-11-27 10:00:00 +2026-11-27 10:31:00 +31m 00s", text), "by Berlin's clock"


def test_what_others_wrote_can_not_leave_its_place(tmp_path: Path) -> None:
    hostile = "<script>alert(1)</script>\x1b[2J"
    lines = [daemon(), tier(queue=hostile, name=hostile, late={"queue": 1}, end_to_end={1280: 1})]
    shown = tuple(sections(report(write(tmp_path / "vm1.log", lines))))
    assert "<script" not in as_page(hostile, shown)
    assert "\x1b" not in as_text("report", shown)


def test_a_log_without_intervals_has_words_and_no_charts(tmp_path: Path) -> None:
    [only] = sections(report(write(tmp_path / "vm1.log", [b"nothing"])))
    assert only.charts == ()
    assert "There are no intervals" in as_text("report", (only,))
