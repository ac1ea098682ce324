"""The screens in the documentation: picture and text say the same, and show what the program shows today."""

from __future__ import annotations

import pytest

from doubles.status_documents import document
from process.terminal.screens import DOCS, text_of
from punctuald.view.terminal.status import status_text
from punctuald.view.terminal.top.screen import News, Size, top_screen
from punctuald.view.terminal.top.viewing import Viewing

SIZES = {"top-80x24": Size(80, 24), "top-120x40": Size(120, 40)}
TITLES = ("QUEUE", "TIER", "#", "DECIDED")


def titles(lines: list[str]) -> list[list[str]]:
    """Of the tables' columns."""
    return [words for words in map(str.split, lines) if words and words[0] in TITLES]


def documented(name: str) -> list[str]:
    return (DOCS / f"{name}.txt").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("name", [*SIZES, "top-help", "status"])
def test_a_picture_has_the_words_of_its_text(name: str) -> None:
    assert text_of(DOCS / f"{name}.svg") == "".join("".join(documented(name)).split())


@pytest.mark.parametrize("name", SIZES)
def test_the_screens_of_top_have_the_columns_and_keys_that_it_has(name: str) -> None:
    now = [line.plain.rstrip() for line in top_screen(News(document()), Viewing(), SIZES[name])]
    assert titles(documented(name)) == titles(now)
    assert documented(name)[-1] == now[-1]


def test_the_help_is_the_programs() -> None:
    page = top_screen(News(document()), Viewing(shows_help=True), SIZES["top-80x24"])
    assert documented("top-help")[3:] == [line.plain.rstrip() for line in page[3:]]


def test_the_page_of_status_has_the_columns_that_it_has() -> None:
    assert titles(documented("status")) == titles(status_text(document(), 100).splitlines())
