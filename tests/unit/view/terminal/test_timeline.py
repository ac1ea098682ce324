from __future__ import annotations

from punctuald.demo.daemon_log import PoolSize
from punctuald.view.terminal.timeline import sparkline


def test_the_line_shows_when_the_number_changed() -> None:
    sizes = [PoolSize(-1.0, 1), PoolSize(5.0, 4), PoolSize(8.0, 2)]
    assert sparkline(sizes, until_seconds=10.0, width=10) == "▂▂▂▂███▄▄▄"


def test_one_of_many_is_still_seen() -> None:
    assert sparkline([PoolSize(0.0, 1), PoolSize(1.0, 100)], until_seconds=2.0, width=4) == "▁███"


def test_no_workers_are_an_empty_line() -> None:
    assert sparkline([], until_seconds=2.0, width=4) == "    "
