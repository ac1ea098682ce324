"""How far a stream's workers are behind is on the board; what is too old to be true is not zero."""

from __future__ import annotations

import pytest

from punctuald.clock import ManualClock
from punctuald.errors import SourceUnavailable
from punctuald.model import Backlog, StreamLag
from punctuald.process.autoscaler.board_gauge import STALE_SECONDS, BoardGauge
from punctuald.stats.board.board import Board
from punctuald.stats.board.layout import Layout
from punctuald.stats.board.row_writer import RowWriter

LAYOUT = Layout(queues=("orders", "clicks"), tiers=("all",), handler_slots=1, workers=3)
CLICKS = 1


class Fleet:
    """Workers that say how far they are behind, and the gauge that reads it."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.board = Board(LAYOUT)
        self.gauge = BoardGauge("clicks", (self.board,), self.clock)

    def worker(self, index: int, lag: StreamLag | None = None) -> RowWriter:
        row = self.board.writer(index)
        row.attach(100 + index, self.clock.mono())
        row.ready(self.clock.mono(), 1.0)
        if lag is not None:
            row.stream_lag(CLICKS, lag, self.clock.mono())
        return row


@pytest.fixture
def fleet() -> Fleet:
    return Fleet()


def test_before_anybody_has_looked_it_is_not_known_and_no_error(fleet: Fleet) -> None:
    assert fleet.gauge.read() is None
    fleet.worker(0)
    assert fleet.gauge.read() is None
    assert fleet.gauge.partitions is None


def test_what_workers_say_is_added_up_with_the_time_of_the_oldest_and_the_longest_delay(fleet: Fleet) -> None:
    fleet.worker(0, StreamLag(30, 1.5, 1, 2))
    first_mono = fleet.clock.mono()
    fleet.clock.advance(1.0)
    fleet.worker(1, StreamLag(12, 0.25, 1, 2))
    assert fleet.gauge.read() == Backlog(42, 0, 0, first_mono, behind_seconds=1.5)


def test_no_more_workers_can_have_records_than_there_are_leases(fleet: Fleet) -> None:
    fleet.worker(0, StreamLag(0, 0.0, 4, 4))
    fleet.gauge.read()
    assert (fleet.gauge.partitions, fleet.gauge.ordered) == (4, True)


def test_a_worker_that_has_not_known_for_long_does_not_count_as_empty(fleet: Fleet) -> None:
    fleet.worker(0, StreamLag(1_000, 9.0, 3, 4))
    fleet.clock.advance(STALE_SECONDS + 0.1)
    fleet.worker(1, StreamLag(10, 1.0, 1, 4))
    assert fleet.gauge.read() == Backlog(40, 0, 0, fleet.clock.mono(), behind_seconds=1.0)


def test_when_no_worker_has_known_for_long_it_is_an_error_and_what_limits_workers_stays(fleet: Fleet) -> None:
    fleet.worker(0, StreamLag(1_000, 9.0, 4, 4))
    fleet.gauge.read()
    fleet.clock.advance(STALE_SECONDS + 0.1)
    with pytest.raises(SourceUnavailable, match="stream 'clicks': no worker that reads it has known for 15 s"):
        fleet.gauge.read()
    assert fleet.gauge.partitions == 4


def test_a_worker_that_leaves_or_is_dead_is_not_asked(fleet: Fleet) -> None:
    fleet.worker(0, StreamLag(1_000, 9.0, 2, 4)).leaving()
    fleet.worker(1, StreamLag(1_000, 9.0, 2, 4))
    fleet.board.retire(1)
    fleet.worker(2, StreamLag(10, 0.0, 4, 4))
    assert fleet.gauge.read() == Backlog(10, 0, 0, fleet.clock.mono(), behind_seconds=0.0)


def test_a_workers_successor_does_not_say_what_it_said(fleet: Fleet) -> None:
    fleet.worker(0, StreamLag(1_000, 9.0, 2, 4))
    fleet.board.retire(0)
    fleet.worker(0)
    assert fleet.gauge.read() is None


def test_after_a_reload_the_workers_of_both_boards_are_asked_each_by_its_own_order_of_names(fleet: Fleet) -> None:
    fleet.worker(0, StreamLag(30, 1.5, 2, 4))
    newer = Board(Layout(queues=("clicks",), tiers=("all",), handler_slots=1, workers=1))
    row = newer.writer(0)
    row.attach(7, 0.0)
    row.ready(0.0, 1.0)
    row.stream_lag(0, StreamLag(12, 2.5, 2, 4), fleet.clock.mono())
    without = Board(Layout(queues=("orders",), tiers=("all",), handler_slots=1, workers=1))
    without.writer(0).attach(8, 0.0)
    gauge = BoardGauge("clicks", (without, fleet.board, newer), fleet.clock)
    assert gauge.read() == Backlog(42, 0, 0, fleet.clock.mono(), behind_seconds=2.5)


def test_while_all_workers_leave_nothing_is_known_and_nothing_is_wrong(fleet: Fleet) -> None:
    row = fleet.worker(0, StreamLag(1_000, 9.0, 4, 4))
    fleet.gauge.read()
    row.leaving()
    assert fleet.gauge.read() is None
