"""axe-core finds nothing serious, in light and dark, on a screen and on a phone, with tables open and closed."""

from __future__ import annotations

from browser.accessibility import PHONE, reached_by_tabs, serious, serious_in_any_look
from browser.legibility import badly_placed_words, smallest_pixels
from browser.shop import Shop
from browser.tab import Tab

SLIDERS = [
    f"Moment in: {name}" for name in ("Tier interactive", "Tier batch", "Load and workers", "Where the time goes")
]
REGIONS = ["queues", "workers", "decisions"]


def test_nothing_serious_is_found(shop: Shop, tab: Tab, axe: str) -> None:
    shop.start()
    with shop.customers():
        shop.show(tab)
        tab.value(axe + "; true")
        assert serious(tab) == []  # before the first chart
        tab.wait_for("Number(document.body.dataset.intervals) >= 2")
        assert serious_in_any_look(tab) == []
        tab.value("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
        tab.wait_for("document.querySelectorAll('figure table').length === document.querySelectorAll('figure').length")
        assert serious(tab) == []


def test_nothing_is_cut_off_and_on_a_phone_all_of_it_is_large_enough(shop: Shop, tab: Tab) -> None:
    tab.resize(PHONE, phone=True)
    shop.start()
    with shop.customers():
        shop.show(tab)
        tab.wait_for("Number(document.body.dataset.intervals) >= 1")
        assert tab.value("document.scrollingElement.scrollWidth") <= PHONE
        assert smallest_pixels(tab) >= 12
        assert badly_placed_words(tab) == []
        tab.resize(1200)
        assert badly_placed_words(tab) == []


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
