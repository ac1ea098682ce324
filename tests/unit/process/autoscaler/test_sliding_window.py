from __future__ import annotations

from punctuald.process.autoscaler.sliding_window import SlidingWindow


def test_what_was_there_before_the_first_look_did_not_grow_lately() -> None:
    assert SlidingWindow(10).increase(0.0, 500.0, 7.0) == (0.0, 0.0)


def test_totals_grow_by_what_was_added_within_the_window() -> None:
    recent = SlidingWindow(10)
    recent.increase(0.0, 100)
    assert recent.increase(5.0, 103) == (3,)
    assert recent.increase(10.0, 104) == (4,)
    assert recent.increase(12.0, 104) == (1,)
    assert recent.increase(60.0, 104) == (0,)
