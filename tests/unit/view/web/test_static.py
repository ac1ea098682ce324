"""The files of the page: they need nothing from elsewhere, fit the policy that they are served with, and are small."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from punctuald.view.charts.style import COLOURS, STYLE

STATIC = Path(__file__).parents[4] / "daemon" / "punctuald" / "view" / "web" / "static"
TEXTS = {path.name: path.read_text(encoding="utf-8") for path in STATIC.iterdir()}
SCRIPTS = [name for name in TEXTS if name.endswith(".js")]
SERVED_BESIDE = {"charts.css"}
"""Made of the charts' own style (`process/web/site.py`)."""


@pytest.mark.parametrize("name", TEXTS)
def test_nothing_is_loaded_from_elsewhere(name: str) -> None:
    addresses = set(re.findall(r"https?://[^\s\"'<>)]+", TEXTS[name]))
    assert addresses <= {"http://www.w3.org/2000/svg"}  # the name of SVG's namespace


def test_what_the_page_names_is_there() -> None:
    named = set(re.findall(r'(?:href|src)="([^"#]+)"', TEXTS["index.html"]))
    assert named == {"page.js", "page.css", "figures.css", "charts.css", "icon.svg"}
    assert named <= TEXTS.keys() | SERVED_BESIDE


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_imports_what_is_there(name: str) -> None:
    imported = set(re.findall(r'from "\./([\w.]+)"', TEXTS[name]))
    assert imported <= TEXTS.keys()
    assert imported or name in {"elements.js", "scale.js", "words.js"}


def test_nothing_stands_in_the_page_that_its_policy_forbids() -> None:
    page = TEXTS["index.html"]
    assert re.findall(r"<style|\sstyle=|\son\w+=|javascript:", page) == []
    assert re.findall(r"<script[^>]*>[^<]", page) == []


@pytest.mark.parametrize("name", SCRIPTS)
def test_text_of_others_never_becomes_markup(name: str) -> None:
    assert (
        re.findall(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", TEXTS[name]) == []
    )


@pytest.mark.parametrize("name", [*SCRIPTS, "page.css", "figures.css", "index.html"])
def test_it_can_be_read(name: str) -> None:
    lines = TEXTS[name].splitlines()
    assert len(lines) <= 250
    assert [line for line in lines if len(line) > 120] == []


def test_the_page_has_as_many_colours_as_the_charts() -> None:
    assert f"const COLOURS = {COLOURS};" in TEXTS["charts.js"]
    assert set(re.findall(r"var\((--c\d)\)", TEXTS["figures.css"])) <= set(re.findall(r"(--c\d):", STYLE))
    assert len(re.findall(r"\.key\d \{", TEXTS["figures.css"])) == COLOURS
