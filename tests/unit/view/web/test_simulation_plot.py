"""A simulated run as a page."""

from __future__ import annotations

from doubles.scaling.simulated_runs import result, tier_result
from punctuald.view.web.simulation_plot import draw


def test_the_page_needs_no_network() -> None:
    page = draw(result(tier_result("peak_hours", 3.0, messages=2, met=2)))
    for name in ("a day: ours", "arrivals", "waiting", "workers", "p99", "threshold"):
        assert name in page
    assert 'src="http' not in page
