from __future__ import annotations

from dataclasses import replace

import pytest

from doubles.stats.sample_rows import Sample, record
from punctuald.model import Metric
from punctuald.policy.pool.handler_slots import SlotUse
from punctuald.stats.board.board import Board
from punctuald.stats.board.layout import Layout
from punctuald.stats.figures.pool_totals import PoolTotals, PoolTotalsReader

LAYOUT = Layout(queues=("orders", "mails"), tiers=("peak", "off"), handler_slots=2, workers=2)
NOW = 1_700_000_000
MONO = 5_000.0


def test_a_board_that_nobody_wrote_to_is_all_zeros() -> None:
    assert PoolTotalsReader([Board(LAYOUT)]).read(MONO, NOW) == PoolTotals(
        broker_ahead_seconds=0.0,
        arrivals=(),
        newest_sent_utc=None,
        groups_seen=0,
        service_seconds_total=0.0,
        service_count_total=0,
        settle_seconds_total=0.0,
        service_p995_seconds=None,
        start_seconds=None,
        failed_total=0,
        ended_total=0,
        answers_total=0,
        slot_uses=(SlotUse(), SlotUse()),
        workers_ready=0,
    )


def test_all_workers_are_summed_over_queues_and_tiers() -> None:
    board = Board(LAYOUT)
    for index, handle_seconds in enumerate((0.5, 1.5)):
        worker = board.writer(index)
        worker.attach(pid=100 + index, now_mono=5.0)
        worker.arrivals(0, [NOW + 0.25 - index] * 2)
        worker.count(index, Metric.RECEIVED, 2)
        worker.count(index, Metric.DONE)
        worker.count(index, Metric.FAILED)
        worker.groups(index, {"one name, two queues"}, MONO)
        record(worker, [Sample(index, 0.0, 9.0, 9.0, handle_seconds, 0.125, met=index == 0)])
    board.writer(0).ready(6.0, start_seconds=0.25)
    board.writer(0).slots(2)
    board.writer(1).slots(9)  # not ready: nothing of it counts yet
    board.writer(0).handler_slot(1).start("a message", 0, 6.0)
    assert PoolTotalsReader([board]).read(MONO, NOW) == PoolTotals(
        broker_ahead_seconds=0.0,
        arrivals=((NOW - 1, 2), (NOW, 2)),
        newest_sent_utc=NOW + 0.25,
        groups_seen=2,
        service_seconds_total=2.0,
        service_count_total=2,
        settle_seconds_total=0.25,
        service_p995_seconds=None,
        start_seconds=0.25,
        failed_total=2,
        ended_total=4,
        answers_total=4,
        slot_uses=(SlotUse(1, 2), SlotUse()),
        workers_ready=1,
        queue_heads={"orders": (4, NOW + 0.25), "mails": (0, None)},
    )


def test_each_of_several_queues_has_a_head_of_its_own_and_keeps_it_when_its_worker_is_replaced() -> None:
    board = Board(LAYOUT)
    reader = PoolTotalsReader([board])
    for pid, sent_utc in ((1, NOW - 5.5), (2, NOW - 7.0)):
        worker = board.writer(0)
        worker.attach(pid=pid, now_mono=5.0)
        worker.arrivals(0, [sent_utc])
    board.writer(1).attach(pid=3, now_mono=5.0)
    board.writer(1).arrivals(1, [NOW + 900.0])  # of a clock that nobody believes
    assert reader.read(MONO, NOW).queue_heads == {"orders": (2, NOW - 5.5), "mails": (1, None)}


def test_messages_that_came_before_they_are_due_have_not_arrived_yet() -> None:
    board = Board(LAYOUT)
    worker = board.writer(0)
    worker.attach(pid=1, now_mono=5.0)
    worker.arrivals(0, [NOW - 600.0])
    worker.count(0, Metric.RECEIVED, 40)
    assert PoolTotalsReader([board]).read(MONO, NOW).queue_heads == {"orders": (1, NOW - 600.0), "mails": (0, None)}


def test_a_queues_workers_on_an_old_board_count_with_those_on_the_new_one() -> None:
    old, new = Board(replace(LAYOUT, queues=("mails", "orders"))), Board(LAYOUT)
    for board, queue, sent_utc in ((old, 1, NOW - 1.5), (new, 0, NOW - 3.0)):
        board.writer(0).attach(pid=1, now_mono=5.0)
        board.writer(0).arrivals(queue, [sent_utc])
    assert PoolTotalsReader([old, new]).read(MONO, NOW).queue_heads == {"mails": (0, None), "orders": (2, NOW - 1.5)}


def test_one_queue_alone_has_the_head_of_all() -> None:
    board = Board(replace(LAYOUT, queues=("orders",)))
    board.writer(0).attach(pid=1, now_mono=5.0)
    board.writer(0).arrivals(0, [NOW])
    assert PoolTotalsReader([board]).read(MONO, NOW).queue_heads == {}


def test_the_window_moves_on_while_nothing_arrives() -> None:
    board = Board(LAYOUT)
    worker = board.writer(0)
    worker.attach(pid=1, now_mono=5.0)
    worker.arrivals(0, [NOW])
    reader = PoolTotalsReader([board])
    assert reader.read(MONO, NOW + 899).arrivals == ((NOW, 1),)
    later = reader.read(MONO, NOW + 900)
    assert (later.arrivals, later.newest_sent_utc) == ((), NOW)


def test_a_second_far_ahead_of_our_clock_is_left_out() -> None:
    board = Board(LAYOUT)
    worker = board.writer(0)
    worker.attach(pid=1, now_mono=5.0)
    worker.arrivals(0, [NOW + 60])
    other = board.writer(1)
    other.attach(pid=2, now_mono=5.0)
    other.arrivals(0, [NOW + 61])
    load = PoolTotalsReader([board]).read(MONO, NOW)
    assert (load.arrivals, load.newest_sent_utc) == (((NOW + 60, 1),), NOW + 60)


def test_a_message_that_was_sent_before_another_is_not_the_newest() -> None:
    board = Board(LAYOUT)
    worker = board.writer(0)
    worker.attach(pid=1, now_mono=5.0)
    worker.arrivals(0, [NOW - 1.5])
    worker.arrivals(0, [NOW - 9])
    assert PoolTotalsReader([board]).read(MONO, NOW).newest_sent_utc == NOW - 1.5


@pytest.mark.parametrize("ahead_seconds", [-90.125, 3_600.0])
def test_the_brokers_clock_is_as_most_ready_workers_see_it_and_moves_the_window(ahead_seconds: float) -> None:
    layout = replace(LAYOUT, workers=4)
    board = Board(layout)
    for index, seconds in enumerate((ahead_seconds, ahead_seconds, 0.0, 7.0)):
        worker = board.writer(index)
        worker.attach(pid=100 + index, now_mono=5.0)
        worker.broker_ahead(seconds)
        if index < 3:  # the last one is not ready
            worker.ready(6.0, start_seconds=0.25)
    board.writer(0).arrivals(0, [NOW + ahead_seconds])
    load = PoolTotalsReader([board]).read(MONO, NOW)
    assert load.broker_ahead_seconds == ahead_seconds
    assert load.newest_sent_utc == NOW + ahead_seconds
    assert load.arrivals == ((int(NOW + ahead_seconds), 1),)


def test_with_nobody_ready_the_brokers_clock_is_where_it_was() -> None:
    board = Board(LAYOUT)
    worker = board.writer(0)
    worker.attach(pid=1, now_mono=5.0)
    worker.broker_ahead(7.0)
    worker.ready(6.0, start_seconds=0.25)
    reader = PoolTotalsReader([board])
    assert reader.read(MONO, NOW).broker_ahead_seconds == 7.0
    worker.leaving()
    assert reader.read(MONO, NOW).broker_ahead_seconds == 7.0


def test_a_worker_that_drains_is_no_capacity_and_neither_is_what_it_still_runs() -> None:
    board = Board(LAYOUT)
    for index in range(2):
        worker = board.writer(index)
        worker.attach(pid=100 + index, now_mono=5.0)
        worker.ready(6.0, start_seconds=0.25)
        worker.handler_slot(0).start(f"message {index}", 0, 6.0)
    board.writer(0).leaving()
    load = PoolTotalsReader([board]).read(MONO, NOW)
    assert (load.workers_ready, load.slot_uses[0].busy) == (1, 1)


def test_the_slowest_run_times_are_known_once_enough_messages_ended() -> None:
    board = Board(LAYOUT)
    worker = board.writer(0)
    worker.attach(pid=1, now_mono=5.0)
    reader = PoolTotalsReader([board])
    for number in range(20):
        assert reader.read(MONO, NOW).service_p995_seconds is None
        record(worker, [Sample(number % 2, 0.0, 9.0, 9.0, 1.0 + number, 9.0, met=True)])
    assert reader.read(MONO, NOW).service_p995_seconds == pytest.approx(20.0, rel=0.01)


def test_the_autoscaler_itself_is_not_a_worker() -> None:
    board = Board(LAYOUT)
    autoscaler = board.writer(2)
    autoscaler.attach(pid=1, now_mono=5.0)
    autoscaler.ready(6.0, start_seconds=0.25)
    load = PoolTotalsReader([board]).read(MONO, NOW)
    assert (load.workers_ready, load.start_seconds) == (0, None)


def test_workers_of_a_board_from_before_a_reload_count_on() -> None:
    old, new = Board(LAYOUT), Board(Layout(("orders",), ("peak",), 1, 1))
    for board in (old, new):
        worker = board.writer(0)
        worker.attach(pid=1, now_mono=5.0)
        worker.arrivals(0, [NOW])
        worker.count(0, Metric.DONE)
    load = PoolTotalsReader([old, new]).read(MONO, NOW)
    assert (load.arrivals, load.ended_total) == (((NOW, 2),), 2)


def test_arrivals_that_are_in_a_tier_for_good_are_known_by_tier_and_counted_among_all() -> None:
    board = Board(LAYOUT)
    for index in range(2):
        worker = board.writer(index)
        worker.attach(pid=100 + index, now_mono=5.0)
        worker.arrivals(0, [NOW, NOW - 1, NOW])
        record(worker, [Sample(1, 0.0, 9.0, 9.0, 0.5, 0.125, met=True)])
        worker.heartbeat(6.0)
    reader = PoolTotalsReader([board])
    assert (reader.read(MONO, NOW).pinned_arrivals, reader.read(MONO, NOW).service_by_tier) == ({}, {})
    board.writer(0).pinned_arrivals(1, [NOW, NOW - 1])
    board.writer(1).pinned_arrivals(1, [NOW])
    totals = reader.read(MONO, NOW)
    assert totals.arrivals == ((NOW - 1, 2), (NOW, 4))
    assert totals.pinned_arrivals == {"off": ((NOW - 1, 1), (NOW, 2))}
    assert totals.service_by_tier == {"peak": (0.0, 0), "off": (1.0, 2)}
    assert reader.read(MONO, NOW + 2_000).pinned_arrivals == {}


def test_a_tier_that_no_message_names_takes_no_page_of_the_board() -> None:
    board = Board(LAYOUT)
    worker = board.writer(0)
    worker.attach(pid=100, now_mono=5.0)
    worker.arrivals(0, [NOW])
    worker.pinned_arrivals(0, [NOW])
    assert list(board.reader(0).pinned_arrivals()) == ["peak"]


def test_a_downstream_that_is_away_is_no_failure_of_handlers_and_no_end_of_one() -> None:
    board = Board(LAYOUT)
    worker = board.writer(0)
    worker.attach(pid=1, now_mono=5.0)
    worker.count(0, Metric.UNAVAILABLE, 500)
    load = PoolTotalsReader([board]).read(MONO, NOW)
    assert (load.failed_total, load.ended_total) == (0, 0)
