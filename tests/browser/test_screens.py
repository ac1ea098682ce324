"""The pictures in docs/dashboard.md, of a real daemon at work, and in docs/report.md; `make screens` writes them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from browser.accessibility import PHONE
from browser.shop import Shop
from browser.tab import Tab
from doubles.log_report.eventful import eventful_day
from doubles.log_report.made_log import write
from punctuald.cli import status_of

DOCS = Path(__file__).parents[2] / "docs" / "screens"
WRITES = bool(os.environ.get("WRITE_SCREENS"))
INTERVALS = 12 if WRITES else 2
GROUNDS = {"light": "rgb(255, 255, 255)", "dark": "rgb(21, 24, 28)"}
GROUND = "getComputedStyle(document.body).backgroundColor"
SMALLEST_BYTES, LARGEST_BYTES = 20_000, 300_000


def test_pictures_of_the_dashboard_in_light_in_dark_and_on_a_phone(shop: Shop, tab: Tab, tmp_path: Path) -> None:
    shop.start()
    with shop.customers():
        shop.show(tab)
        tab.wait_for(f"Number(document.body.dataset.intervals) >= {INTERVALS}", seconds=60 + 10 * INTERVALS)
        take_pictures(tab, "dashboard", DOCS if WRITES else tmp_path)


def test_pictures_of_a_report_in_light_in_dark_and_on_a_phone(
    tab: Tab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write(Path("vm1.log"), eventful_day())
    assert status_of(["report", "vm1.log", "--zone", "Europe/Berlin"]) == 0
    tab.load((tmp_path / "punctuald-report.html").as_uri())
    tab.resize(1000)
    take_pictures(tab, "report", DOCS if WRITES else tmp_path)


def take_pictures(tab: Tab, name: str, directory: Path) -> None:
    for scheme, ground in GROUNDS.items():
        tab.prefer(scheme)
        assert tab.value(GROUND) == ground
        take_picture(tab, directory / f"{name}-{scheme}.webp")
    tab.prefer("light")
    tab.resize(PHONE, phone=True)
    take_picture(tab, directory / f"{name}-phone.webp")


def take_picture(tab: Tab, path: Path) -> None:
    tab.picture(path)
    assert SMALLEST_BYTES < path.stat().st_size < LARGEST_BYTES
