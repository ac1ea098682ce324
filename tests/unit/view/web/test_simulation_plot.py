"""A simulated run as a page."""

from __future__ import annotations

import re

from doubles.scaling.simulated_runs import result, tier_result
from punctuald.view.web.simulation_plot import draw

LOADED = re.compile(r"<(?:script|link|img|iframe)\b[^>]*\b(?:src|href)=.?(?:https?:)?//[^>]*>")
"""What a browser would fetch. The library itself names addresses too, where older ones have icons of maps."""


def test_the_page_needs_no_network() -> None:
    page = draw(result(tier_result("peak_hours", 3.0, messages=2, met=2)))
    for name in ("a day: ours", "arrivals", "waiting", "workers", "p99", "threshold"):
        assert name in page
    assert LOADED.findall(page) == []
