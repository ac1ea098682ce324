from __future__ import annotations

from punctuald.stats.board.board import Board
from punctuald.stats.board.layout import Layout

LAYOUT = Layout(queues=("orders", "mails"), tiers=("peak",), handler_slots=1, workers=1)


def test_the_longest_run_of_the_interval_stays_by_queue() -> None:
    board = Board(LAYOUT)
    writer, reader = board.writer(0), board.reader(0)
    for queue, seconds, message_id in ((0, 0.5, "a"), (0, 2.0, "b"), (1, 9.0, "c"), (0, 1.0, "d")):
        writer.slow_run(queue, seconds, message_id)
    assert (reader.slowest_run(0), reader.slowest_run(1)) == ((2.0, "b"), (9.0, "c"))


def test_a_new_interval_begins_with_none_and_forgets_the_one_before_the_last() -> None:
    board = Board(LAYOUT)
    writer, reader, logged = board.writer(0), board.reader(0), board.logged()
    writer.slow_run(0, 2.0, "a")
    logged.write([])
    assert reader.slowest_run(0) is None
    writer.slow_run(0, 1.0, "b")
    assert reader.slowest_run(0) == (1.0, "b")
    logged.write([])
    assert reader.slowest_run(0) is None
    writer.slow_run(0, 0.5, "c")
    assert reader.slowest_run(0) == (0.5, "c")
