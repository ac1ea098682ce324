"""What of a page somebody without a mouse, or without sight, could not use."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from browser.tab import Tab

AXE = Path(os.environ.get("AXE", Path(__file__).parents[2] / "build" / "axe" / "package" / "axe.min.js"))
"""`make test-browser` fetches it from the npm registry."""
PHONE = 390
_SERIOUS = {"serious", "critical"}
_MOST_TABS = 100
_FOCUSED = "(({ariaLabel, id, textContent}) => ariaLabel || id || textContent)(document.activeElement)"


def serious(tab: Tab) -> list[Any]:
    """What axe-core, which is on the page, finds serious, with the elements that it is about."""
    violations = tab.value("axe.run().then((result) => result.violations)")
    return [
        (each["id"], each["impact"], [node["html"] for node in each["nodes"]][:3])
        for each in violations
        if each["impact"] in _SERIOUS
    ]


def serious_in_any_look(tab: Tab) -> list[Any]:
    """The same in light and in dark, on a screen and on a phone; the tab is left as the last of them."""
    found = []
    for scheme in ("light", "dark"):
        tab.prefer(scheme)
        for width in (1200, PHONE):
            tab.resize(width, phone=width == PHONE)
            found += [(scheme, width, each) for each in serious(tab)]
    return found


def reached_by_tabs(tab: Tab) -> Iterator[str]:
    """The names of what has the focus, one after another, until it comes round."""
    first = ""
    for _ in range(_MOST_TABS):
        tab.press("Tab")
        name = str(tab.value(_FOCUSED))
        if name == first:
            return
        first = first or name
        yield name
