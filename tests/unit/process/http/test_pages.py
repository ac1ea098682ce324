"""Pages cost the same however many ask for them, and one that can't be made ends nothing."""

from __future__ import annotations

from http import HTTPStatus

import pytest

from captured_logs import capture_logs
from punctuald.clock import ManualClock
from punctuald.policy.log_lines.rate import REMINDER_SECONDS
from punctuald.process.http.answer import Answer, as_json
from punctuald.process.http.pages import FRESH_SECONDS, FreshPage, NegotiatedPage
from punctuald.process.http.site import Site


class Counting:
    """A page that says how often it was made."""

    def __init__(self) -> None:
        self.times = 0

    def build(self) -> Answer:
        self.times += 1
        return as_json(self.times)


class Broken:
    """One that can't be made until it is mended."""

    is_mended = False

    def build(self) -> Answer:
        if not self.is_mended:
            raise ZeroDivisionError
        return as_json("mended")


def test_a_page_is_made_once_a_second_however_many_ask() -> None:
    clock, made = ManualClock(), Counting()
    page = FreshPage("/page", made.build, clock)
    assert {page.answer().body for _ in range(1000)} == {b"1\n"}
    clock.advance(FRESH_SECONDS)
    assert page.answer().body == b"2\n"
    assert made.times == 2


def test_a_page_that_takes_long_to_make_is_made_less_often() -> None:
    clock, made = ManualClock(), Counting()

    def build() -> Answer:
        clock.advance(0.5)
        return made.build()

    page = FreshPage("/page", build, clock)
    for _ in range(9):  # four seconds and a half
        page.answer()
        clock.advance(0.5)
    assert made.times == 1
    clock.advance(0.5)
    page.answer()
    assert made.times == 2


def test_a_page_that_nobody_asks_for_is_not_made() -> None:
    made = Counting()
    Site({"/page": FreshPage("/page", made.build, ManualClock())}).answer("GET", "/", "")
    assert made.times == 0


def test_a_page_that_can_not_be_made_is_500_with_a_line_every_five_minutes() -> None:
    clock, broken = ManualClock(), Broken()
    page = FreshPage("/page", broken.build, clock)
    with capture_logs() as log:
        for _ in range(10):
            assert page.answer().status is HTTPStatus.INTERNAL_SERVER_ERROR
            clock.advance(FRESH_SECONDS)
        clock.advance(REMINDER_SECONDS)
        page.answer()
    assert [(line["event"], line["path"], line["suppressed"]) for line in log] == [
        ("http.page_failed", "/page", 0),
        ("http.page_failed", "/page", 9),
    ]
    broken.is_mended = True
    clock.advance(FRESH_SECONDS)
    assert page.answer().status is HTTPStatus.OK


@pytest.mark.parametrize(
    ("accept", "body"),
    [
        ("", b'"usual"\n'),
        ("*/*", b'"usual"\n'),
        ("text/plain;version=0.0.4", b'"usual"\n'),
        ("application/openmetrics-text", b'"special"\n'),
        ("text/plain;q=0.5, Application/OpenMetrics-Text; version=1.0.0;q=0.8", b'"special"\n'),
        ("application/openmetrics-text-more", b'"usual"\n'),
        (";,;;=,", b'"usual"\n'),
    ],
)
def test_who_names_the_special_form_gets_it(accept: str, body: bytes) -> None:
    usual, special = (FreshPage("/", lambda text=text: as_json(text), ManualClock()) for text in ("usual", "special"))  # type: ignore[misc]
    assert NegotiatedPage(usual, special, "application/openmetrics-text").answer(accept).body == body


def test_a_query_is_passed_over_and_a_path_is_taken_literally() -> None:
    site = Site({"/page": FreshPage("/page", Counting().build, ManualClock())})
    assert site.answer("GET", "/page?x=/etc/passwd", "").status is HTTPStatus.OK
    for target in ("/page/", "/Page", "//page", "/../page", "*", "http://here//page", ""):
        assert site.answer("GET", target, "").status is HTTPStatus.NOT_FOUND


def test_the_root_lists_the_pages_and_nothing_takes_another_method() -> None:
    site = Site({"/page": FreshPage("/page", Counting().build, ManualClock())})
    assert b"/page" in site.answer("GET", "/", "").body
    refused = site.answer("PUT", "/page", "")
    assert (refused.status, refused.allow) == (HTTPStatus.METHOD_NOT_ALLOWED, "GET, HEAD")
