"""What workers say of their queues' downstreams: seen by all, by the queue's name, and not lost with its writer."""

from __future__ import annotations

import pytest

from punctuald.policy.delivery.downstream import Report
from punctuald.stats.board.board import Board
from punctuald.stats.board.digest import LOW_64
from punctuald.stats.board.downstream.rows import DownstreamRows, WorkersDownstream
from punctuald.stats.board.layout import SEQUENCE, Layout

NOW = 1_000.0
SAID = Report(False, 5.0, (1 << 64) - 1, 6.0, 4.0, 6.5, 3, 17, 6.25, 9.75)


def board_of(*queues: str) -> Board:
    return Board(Layout(queues, ("peak",), handler_slots=2, workers=3))


def attach(board: Board, index: int) -> None:
    board.writer(index).attach(100 + index, NOW)


def test_all_workers_see_what_one_says_and_when_anything_changed() -> None:
    board = board_of("orders", "bills")
    attach(board, 0)
    attach(board, 2)
    one, other = WorkersDownstream([board], board, 0), WorkersDownstream([board], board, 2)
    before = one.changes()
    other.say(1, SAID)
    assert one.changes() != before
    assert one.changes() == one.changes()
    assert one.reports(1) == (0, [Report(), SAID])
    assert other.reports(1) == (1, [Report(), SAID])
    assert one.reports(0) == (0, [Report(), Report()])


def test_a_worker_that_is_ready_shows_as_such() -> None:
    board = board_of("orders")
    attach(board, 1)
    board.writer(1).ready(NOW, 0.2)
    assert [each.ready for each in DownstreamRows([board]).reports("orders")] == [True]


def test_a_worker_that_comes_later_is_seen() -> None:
    board = board_of("orders")
    attach(board, 1)
    rows = DownstreamRows([board])
    assert (len(rows.reports("orders")), rows.changes()) == (1, 0)
    attach(board, 0)
    WorkersDownstream([board], board, 0).say(0, SAID)
    assert (rows.reports("orders"), rows.changes()) == ([SAID, Report()], 2)


def test_a_workers_own_report_has_a_place_before_it_is_attached() -> None:
    board = board_of("orders")
    attach(board, 2)
    assert WorkersDownstream([board], board, 1).reports(0) == (0, [Report(), Report()])
    assert WorkersDownstream([board], board, 1).reports(0)[1][0] == Report()


def test_what_was_said_outlives_the_worker_and_the_board_in_use() -> None:
    old, new = board_of("orders"), board_of("bills", "orders")
    attach(old, 0)
    WorkersDownstream([old], old, 0).say(0, SAID)
    old.retire(0)
    attach(new, 0)
    assert WorkersDownstream([old, new], new, 0).reports(1) == (1, [SAID, Report()])
    assert WorkersDownstream([old, new], new, 0).reports(0) == (0, [Report()])


@pytest.mark.parametrize("torn_sequence", [1, LOW_64], ids=["killed", "ran wild"])
def test_the_row_of_a_writer_that_was_killed_in_the_middle_can_be_written_and_read_again(torn_sequence: int) -> None:
    board = board_of("orders")
    attach(board, 0)
    words = board.reader(0).words[board.layout.downstream]
    words[SEQUENCE] = torn_sequence
    board.retire(0)
    attach(board, 0)
    own = WorkersDownstream([board], board, 0)
    own.say(0, SAID)
    assert words[SEQUENCE] % 2 == 0
    assert own.reports(0) == (0, [SAID])
