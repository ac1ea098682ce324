from __future__ import annotations

from punctuald.process.autoscaler.sliding_window import RecentTotals


def test_what_was_there_before_the_first_look_did_not_grow_lately() -> None:
    assert RecentTotals(10).growth(0.0, 500.0, 7.0) == (0.0, 0.0)


def test_totals_grow_by_what_was_added_within_the_window() -> None:
    recent = RecentTotals(10)
    recent.growth(0.0, 100)
    assert recent.growth(5.0, 103) == (3,)
    assert recent.growth(10.0, 104) == (4,)
    assert recent.growth(12.0, 104) == (1,)
    assert recent.growth(60.0, 104) == (0,)
