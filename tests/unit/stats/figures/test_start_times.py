from __future__ import annotations

import pytest

from punctuald.stats.board.board import Board
from punctuald.stats.board.layout import Layout
from punctuald.stats.figures.start_times import KEPT, StartTimes

LAYOUT = Layout(queues=("orders",), tiers=("peak",), handler_slots=1, workers=2)


def test_before_the_first_start_nothing_is_known() -> None:
    board = Board(LAYOUT)
    board.writer(0).attach(pid=1, now_mono=5.0)
    assert StartTimes().seconds([board.reader(0)]) is None


def test_a_start_counts_once_however_often_it_is_looked_at_and_outlives_its_worker() -> None:
    board, starts = Board(LAYOUT), StartTimes()
    views = [board.reader(0), board.reader(1)]
    board.writer(0).ready(6.0, start_seconds=9.0)
    for _ in range(KEPT):
        assert starts.seconds(views) == pytest.approx(9.0)
    board.retire(0)
    board.writer(1).ready(7.0, start_seconds=1.0)
    assert starts.seconds(views) == pytest.approx(9.0)


def test_it_is_a_high_quantile_of_the_last_fifty() -> None:
    board, starts = Board(LAYOUT), StartTimes()
    view = board.reader(0)
    for number in range(1, KEPT + 1):
        board.writer(0).ready(float(number), start_seconds=float(number))
        told = starts.seconds([view])
    assert told == pytest.approx(48.0)
    for number in range(KEPT):
        board.writer(0).ready(1_000.0 + number, start_seconds=0.5)
        told = starts.seconds([view])
    assert told == pytest.approx(0.5)
