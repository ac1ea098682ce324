from __future__ import annotations

from punctuald.view.terminal.timeline import Point, sparkline


def test_the_line_shows_when_the_number_changed() -> None:
    points = [Point(-1.0, 1), Point(5.0, 4), Point(8.0, 2)]
    assert sparkline(points, until_seconds=10.0, width=10) == "▂▂▂▂███▄▄▄"


def test_one_of_many_is_still_seen() -> None:
    assert sparkline([Point(0.0, 1), Point(1.0, 100)], until_seconds=2.0, width=4) == "▁███"


def test_no_workers_are_an_empty_line() -> None:
    assert sparkline([], until_seconds=2.0, width=4) == "    "
