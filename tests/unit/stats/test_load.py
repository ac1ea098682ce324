from __future__ import annotations

from punctuald.model import Counter, Sample
from punctuald.stats.board import Board
from punctuald.stats.layout import Layout
from punctuald.stats.load import Load, LoadReader

LAYOUT = Layout(queues=("orders", "mails"), tiers=("peak", "off"), handler_slots=2, workers=2)
NOW = 1_700_000_000


def test_a_board_that_nobody_wrote_to_is_all_zeros() -> None:
    assert LoadReader([Board(LAYOUT)]).read(NOW) == Load((), None, 0.0, 0, 0, 0, 0, 0, 0, 0)


def test_all_workers_are_summed_over_queues_and_tiers() -> None:
    board = Board(LAYOUT)
    for index, run_seconds in enumerate((0.5, 1.5)):
        worker = board.writer(index)
        worker.attach(pid=100 + index, now_mono=5.0)
        worker.arrival(NOW - index, 2)
        worker.count(index, Counter.RECEIVED, 2)
        worker.count(index, Counter.DONE)
        worker.sample(Sample(index, index, 0.0, 9.0, 9.0, run_seconds, 9.0, met=index == 0))
    board.writer(0).ready(6.0)
    board.writer(1).running(1, "a message", 0, 6.0)
    assert LoadReader([board]).read(NOW) == Load(
        arrivals=((NOW - 1, 2), (NOW, 2)),
        newest_sent_second=NOW,
        service_seconds_total=2.0,
        service_count_total=2,
        received_total=4,
        done_total=2,
        answers_total=4,
        busy_slots=1,
        workers_ready=1,
        workers_attached=2,
    )


def test_the_window_moves_on_while_nothing_arrives() -> None:
    board = Board(LAYOUT)
    worker = board.writer(0)
    worker.attach(pid=1, now_mono=5.0)
    worker.arrival(NOW)
    reader = LoadReader([board])
    assert reader.read(NOW + 899).arrivals == ((NOW, 1),)
    later = reader.read(NOW + 900)
    assert (later.arrivals, later.newest_sent_second) == ((), NOW)


def test_a_second_far_ahead_of_our_clock_is_left_out() -> None:
    board = Board(LAYOUT)
    worker = board.writer(0)
    worker.attach(pid=1, now_mono=5.0)
    worker.arrival(NOW + 60)
    worker.arrival(NOW + 61)
    assert LoadReader([board]).read(NOW).newest_sent_second == NOW + 60


def test_the_autoscaler_itself_is_not_a_worker() -> None:
    board = Board(LAYOUT)
    board.writer(2).attach(pid=1, now_mono=5.0)
    assert LoadReader([board]).read(NOW).workers_attached == 0


def test_workers_of_a_board_from_before_a_reload_count_on() -> None:
    old, new = Board(LAYOUT), Board(Layout(("orders",), ("peak",), 1, 1))
    for board in (old, new):
        worker = board.writer(0)
        worker.attach(pid=1, now_mono=5.0)
        worker.arrival(NOW)
        worker.count(0, Counter.DONE)
    load = LoadReader([old, new]).read(NOW)
    assert (load.arrivals, load.done_total, load.workers_attached) == (((NOW, 2),), 2, 2)
