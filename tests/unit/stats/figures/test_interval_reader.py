"""What one interval says; that intervals add up is tests/properties/test_intervals.py."""

from __future__ import annotations

from math import inf

import pytest

from doubles.stats.sample_rows import Sample, record
from punctuald.model import Backlog, Metric, Stage
from punctuald.policy.delivery.miss_cause import SINCE_EVER_MONO, MissCause, Span
from punctuald.policy.delivery.priority import Priority
from punctuald.policy.scaling.decide import Reason
from punctuald.policy.scaling.guards import Guard
from punctuald.stats.board.board import Board
from punctuald.stats.board.interval.scaling_words import ScalingWords
from punctuald.stats.board.layout import Layout
from punctuald.stats.board.row_writer import RowWriter
from punctuald.stats.figures.interval_reader import IntervalReader
from punctuald.stats.figures.intervals import Interval

LAYOUT = Layout(queues=("orders", "mails"), tiers=("peak", "off"), handler_slots=2, workers=2)
THRESHOLDS = {"peak": 3.0, "off": 10.0}


def reader(*boards: Board) -> IntervalReader:
    return IntervalReader(boards, threshold_seconds=THRESHOLDS)


def worker(board: Board, index: int = 0) -> RowWriter:
    writer = board.writer(index)
    writer.attach(pid=100 + index, now_mono=1.0)
    return writer


def late(cause: MissCause, *, queue: int = 0, tier: int = 0) -> Sample:
    return Sample(tier, 0.0, 4.0, 0.0, 0.5, 0.0, met=False, queue=queue, cause=cause)


def test_an_interval_has_what_was_counted_in_it_alone() -> None:
    board = Board(LAYOUT)
    one, other, intervals = worker(board), worker(board, 1), reader(board)
    record(one, [Sample(0, 0.0, 0.1, 0.0, 0.5, 0.0, met=True), late(MissCause.QUEUE)])
    assert read(intervals).tiers[0].met == 1
    record(other, [Sample(0, 0.0, 0.1, 0.0, 0.25, 0.0, met=True), late(MissCause.OUTAGE), late(MissCause.OUTAGE)])
    [peak] = read(intervals).tiers
    assert (peak.queue, peak.tier, peak.threshold_seconds, peak.met, peak.missed) == ("orders", "peak", 3.0, 1, 2)
    assert {cause: missed for cause, missed in peak.missed_by.items() if missed} == {MissCause.OUTAGE: 2}
    handle = peak.stages[Stage.HANDLE]
    assert (handle.count, handle.sum_us) == (3, 1_250_000)
    assert read(intervals) == Interval(read_mono=10.0)


def read(intervals: IntervalReader) -> Interval:
    interval = intervals.read(now_mono=10.0)
    intervals.logged()
    return interval


def test_an_interval_that_was_not_logged_is_part_of_the_next() -> None:
    board = Board(LAYOUT)
    writer, intervals = worker(board), reader(board)
    record(writer, [late(MissCause.QUEUE)])
    intervals.read(now_mono=10.0)
    record(writer, [late(MissCause.HANDLE)])
    assert intervals.read(now_mono=20.0).tiers[0].missed == 2


def test_a_new_observer_neither_repeats_nor_forgets() -> None:
    board = Board(LAYOUT)
    writer = worker(board)
    record(writer, [late(MissCause.QUEUE)])
    read(reader(board))
    record(writer, [late(MissCause.HANDLE)])
    assert [tier.missed_by[MissCause.HANDLE] for tier in read(reader(board)).tiers] == [1]


def test_the_longest_of_an_interval_is_not_that_of_one_before() -> None:
    board = Board(LAYOUT)
    writer, intervals = worker(board), reader(board)
    record(writer, [Sample(0, 0.0, 0.0, 0.0, 50.0, 0.0, met=True)])
    read(intervals)
    record(writer, [Sample(0, 0.0, 0.0, 0.0, 0.5, 0.0, met=True)])
    handle = read(intervals).tiers[0].stages[Stage.HANDLE]
    assert 0.5e6 <= handle.max_us <= 0.508e6
    assert handle.quantile_us(0.99) == pytest.approx(0.5e6, rel=0.01)


def test_what_is_overdue_in_hand_shows_though_nothing_is_done() -> None:
    board = Board(LAYOUT)
    one, other, intervals = worker(board), worker(board, 1), reader(board)
    one.overdue({(0, 0): (2, 1.5)})
    other.overdue({(0, 0): (3, 4.0), (1, 1): (1, 0.5)})
    orders, mails = intervals.read(now_mono=10.0).tiers
    assert (orders.overdue, orders.worst_overdue_seconds, orders.met) == (5, 4.0, 0)
    assert (mails.queue, mails.tier, mails.overdue) == ("mails", "off", 1)
    assert [standing.overdue for standing in intervals.standings()] == [5, 1]
    one.overdue({})
    board.retire(1)
    assert intervals.read(now_mono=20.0).tiers == ()


def test_a_queue_says_its_starts_duplicates_errors_and_slowest_run() -> None:
    board = Board(LAYOUT)
    writer, intervals = worker(board), reader(board)
    for metric, n in {
        Metric.RECEIVED: 9,
        Metric.REDELIVERED: 2,
        Metric.DUPLICATE_IN_FLIGHT: 1,
        Metric.STARTED_MEDIUM: 3,
        Metric.REQUEST_RECEIVE: 4,
    }.items():
        writer.count(1, metric, n)
    for number in range(15):
        for _ in range(number + 1):
            writer.error("mails", f"ValueError a.py:{number}")
    writer.slow_run(1, 0.5, "m-1")
    [mails] = read(intervals).queues
    assert (mails.queue, mails.arrivals, mails.requests) == ("mails", 7, 4)
    assert mails.duplicates_by == {"copy_in_flight": 1, "lease_lost": 0, "worker_died": 0, "other_region": 0}
    assert mails.started == {Priority.HIGH: 0, Priority.MEDIUM: 3, Priority.LOW: 0}
    assert list(mails.errors.items())[::9] == [("ValueError a.py:14", 15), ("ValueError a.py:5", 6)]
    assert mails.other_errors == 1 + 2 + 3 + 4 + 5
    assert mails.slowest is not None
    assert (mails.slowest.message_id, mails.slowest.seconds) == ("m-1", 0.5)
    assert read(intervals).queues == ()


def test_what_a_dead_worker_was_running_counts_as_duplicates_to_come() -> None:
    board = Board(LAYOUT)
    writer, intervals = worker(board), reader(board)
    writer.handler_slot(0).start("a", 0, 1.0)
    board.retire(0)
    [orders] = read(intervals).queues
    assert orders.duplicates_by["worker_died"] == 1


def test_the_last_decision_and_the_backlogs_are_the_autoscalers() -> None:
    board = Board(LAYOUT)
    worker(board, LAYOUT.workers)
    intervals = reader(board)
    assert intervals.decision(10.0) is None
    board.decision_writer().write(
        ScalingWords(
            decided_mono=9.0,
            workers=4,
            reason=Reason.MEMORY,
            caps={Guard.MEMORY: 4},
            head_age_seconds=2.5,
            short=Span(7.0, inf),
            backlogs={0: Backlog(5, 1, 0, read_mono=8.0)},
        )
    )
    interval = intervals.read(now_mono=10.0)
    decision = interval.decision
    assert decision is not None
    assert (decision.workers, decision.reason, dict(decision.caps)) == (4, "memory", {"memory": 4})
    assert (decision.head_age_seconds, decision.short_seconds) == (2.5, 3.0)
    [orders] = interval.queues
    assert (orders.queue, orders.backlog, interval.read_mono) == ("orders", Backlog(5, 1, 0, read_mono=8.0), 10.0)


def test_while_the_autoscaler_is_down_no_shortage_of_workers_grows() -> None:
    board = Board(LAYOUT)
    worker(board, LAYOUT.workers)
    intervals = reader(board)
    board.decision_writer().write(ScalingWords(9.0, workers=4, reason=Reason.ARRIVALS, short=Span(7.0, inf)))
    alive = intervals.decision(10.0)
    board.retire(LAYOUT.workers)
    dead = intervals.decision(3_610.0)
    assert alive is not None
    assert dead is not None
    assert (alive.short_seconds, dead.short_seconds) == (3.0, 0.0)


def test_where_no_worker_ever_was_ready_the_shortage_is_not_as_old_as_the_machine() -> None:
    board = Board(LAYOUT)
    worker(board, LAYOUT.workers)
    intervals = reader(board)
    board.decision_writer().write(
        ScalingWords(80_000.0, workers=4, reason=Reason.ARRIVALS, short=Span(SINCE_EVER_MONO, inf))
    )
    first, later = intervals.decision(80_001.0), intervals.decision(80_004.0)
    assert first is not None
    assert later is not None
    assert (first.short_seconds, later.short_seconds) == (0.0, 3.0)


def test_boards_are_added_up_by_name() -> None:
    old = Board(LAYOUT)
    new = Board(Layout(queues=("bills", "orders"), tiers=("off", "peak"), handler_slots=1, workers=1))
    record(worker(old), [late(MissCause.QUEUE)])
    record(worker(new), [late(MissCause.QUEUE, queue=1, tier=1)])
    [orders] = read(reader(old, new)).tiers
    assert (orders.queue, orders.tier, orders.missed) == ("orders", "peak", 2)


def test_since_the_start_everything_counts_whatever_was_logged_and_every_queue_is_there() -> None:
    board = Board(LAYOUT)
    writer, intervals = worker(board), reader(board)
    record(writer, [late(MissCause.QUEUE)])
    read(intervals)
    record(writer, [late(MissCause.HANDLE)])
    total = intervals.since_start(now_mono=20.0)
    assert [(tier.tier, tier.missed) for tier in total.tiers] == [("peak", 2)]
    assert [queue.queue for queue in total.queues] == ["orders", "mails"]
    assert read(intervals).tiers[0].missed == 1  # and the interval is what it would have been
