"""The pictures in docs/dashboard.md, of a real daemon at work: `make screens` writes them there."""

from __future__ import annotations

import os
from pathlib import Path

from browser.shop import Shop
from browser.tab import Tab

DOCS = Path(__file__).parents[2] / "docs" / "screens"
WRITES = bool(os.environ.get("WRITE_SCREENS"))
INTERVALS = 12 if WRITES else 2
SUFFIX = "webp" if WRITES else "png"
NAMES = ("light", "dark", "phone")
GROUND = "getComputedStyle(document.body).backgroundColor"


def test_pictures_in_light_in_dark_and_on_a_phone(shop: Shop, tab: Tab, tmp_path: Path) -> None:
    directory = DOCS if WRITES else tmp_path
    pictures = {name: directory / f"dashboard-{name}.{SUFFIX}" for name in NAMES}
    shop.start()
    with shop.customers():
        shop.show(tab)
        tab.wait_for(f"Number(document.body.dataset.intervals) >= {INTERVALS}", seconds=60 + 10 * INTERVALS)
        grounds = []
        for scheme in ("light", "dark"):
            tab.prefer(scheme)
            grounds.append(tab.value(GROUND))
            tab.picture(pictures[scheme])
        tab.prefer("light")
        tab.resize(390, phone=True)
        tab.picture(pictures["phone"])
    assert grounds == ["rgb(255, 255, 255)", "rgb(21, 24, 28)"]
    assert all(path.stat().st_size > 20_000 for path in pictures.values())
