"""axe-core finds nothing serious, in light and dark, on a screen and on a phone, with tables open and closed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from browser.shop import Shop
from browser.tab import Tab

AXE = Path(os.environ.get("AXE", Path(__file__).parents[2] / "build" / "axe" / "package" / "axe.min.js"))
"""`make test-browser` fetches it from the npm registry."""
SERIOUS = {"serious", "critical"}
PHONE = 390
MOST_TABS = 100
FONT_PIXELS = "computedStyleMap().get('font-size').value"
FOCUSED = "(({ariaLabel, id, textContent}) => ariaLabel || id || textContent)(document.activeElement)"
SLIDERS = [
    f"Moment in: {name}" for name in ("Tier interactive", "Tier batch", "Load and workers", "Where the time goes")
]
REGIONS = ["queues", "workers", "decisions"]


@pytest.fixture
def axe() -> str:
    if not AXE.exists():
        pytest.skip(f"there is no axe-core at {AXE} (make test-browser fetches it)")
    return AXE.read_text(encoding="utf-8")


def found(tab: Tab) -> list[Any]:
    """What is serious, with the elements that it is about."""
    violations = tab.value("axe.run().then((result) => result.violations)")
    return [
        (each["id"], each["impact"], [node["html"] for node in each["nodes"]][:3])
        for each in violations
        if each["impact"] in SERIOUS
    ]


def test_nothing_serious_is_found(shop: Shop, tab: Tab, axe: str) -> None:
    shop.start()
    with shop.customers():
        shop.show(tab)
        tab.value(axe + "; true")
        assert found(tab) == []  # before the first chart
        tab.wait_for("Number(document.body.dataset.intervals) >= 2")
        for scheme in ("light", "dark"):
            tab.prefer(scheme)
            for width in (1200, PHONE):
                tab.resize(width, phone=width == PHONE)
                assert (scheme, width, found(tab)) == (scheme, width, [])
        tab.value("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
        tab.wait_for("document.querySelectorAll('figure table').length === document.querySelectorAll('figure').length")
        assert found(tab) == []


def test_nothing_is_cut_off_on_a_phone_and_all_of_it_is_large_enough(shop: Shop, tab: Tab) -> None:
    tab.resize(PHONE, phone=True)
    shop.start()
    with shop.customers():
        shop.show(tab)
        tab.wait_for("Number(document.body.dataset.intervals) >= 1")
    assert tab.value("document.scrollingElement.scrollWidth") <= PHONE
    assert min(map(float, tab.each("main p, main dt, main dd, main td", FONT_PIXELS))) >= 12


def test_all_can_be_reached_by_keyboard(shop: Shop, tab: Tab) -> None:
    shop.start()
    with shop.customers():
        shop.show(tab)
        tab.wait_for("Number(document.body.dataset.intervals) >= 1")
        reached = list(reached_by_tabs(tab))
    assert reached[0] == "To the figures"
    assert [each for each in reached if each in SLIDERS] == SLIDERS
    assert [each for each in reached if each in REGIONS] == REGIONS
    assert sum(each.startswith("Numbers: ") for each in reached) == 9


def reached_by_tabs(tab: Tab) -> Iterator[str]:
    """The names of what has the focus, one after another, until it comes round."""
    first = ""
    for _ in range(MOST_TABS):
        tab.press("Tab")
        name = str(tab.value(FOCUSED))
        if name == first:
            return
        first = first or name
        yield name
