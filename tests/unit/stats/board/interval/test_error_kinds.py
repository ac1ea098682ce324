from __future__ import annotations

from punctuald.stats.board.board import Board
from punctuald.stats.board.interval.error_kinds import OTHER
from punctuald.stats.board.layout import ERROR_KINDS, Layout

LAYOUT = Layout(queues=("orders", "mails"), tiers=("peak",), handler_slots=1, workers=1)


def read(board: Board) -> dict[tuple[int, str], int]:
    return {(queue, kind): count for queue, kind, count in board.reader(0).errors.read()}


def test_each_kind_is_counted_by_queue() -> None:
    board = Board(LAYOUT)
    writer = board.writer(0)
    for queue, kind in (("orders", "ValueError a.py:1"), ("mails", "ValueError a.py:1"), ("orders", "KeyError b.py:2")):
        writer.error(queue, kind)
        writer.error(queue, kind)
    assert read(board) == {(0, "ValueError a.py:1"): 2, (1, "ValueError a.py:1"): 2, (0, "KeyError b.py:2"): 2}


def test_the_next_worker_of_a_row_goes_on_in_its_table() -> None:
    board = Board(LAYOUT)
    board.writer(0).error("orders", "ValueError a.py:1")
    board.retire(0)
    successor = board.writer(0)
    successor.attach(pid=2, now_mono=1.0)
    successor.error("orders", "ValueError a.py:1")
    assert read(board) == {(0, "ValueError a.py:1"): 2}


def test_kinds_without_end_are_counted_together_and_grow_nothing() -> None:
    board = Board(LAYOUT)
    writer = board.writer(0)
    for number in range(1_000):
        writer.error("mails", f"Error{number} a.py:1")
    found = read(board)
    assert len(found) == ERROR_KINDS + 1
    assert found[1, OTHER] == 1_000 - ERROR_KINDS


def test_of_a_long_path_the_type_and_the_file_stay() -> None:
    board = Board(LAYOUT)
    writer = board.writer(0)
    for _ in range(2):
        writer.error("orders", f"ValueError /{'é' * 200}/shop.py:12")
    [((_, kind), count)] = read(board).items()
    assert kind.startswith("ValueError /é")
    assert kind.endswith("é/shop.py:12")
    assert (count, len(kind.encode()) <= 112) == (2, True)
