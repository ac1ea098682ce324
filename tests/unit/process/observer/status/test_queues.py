"""How each queue does."""

from __future__ import annotations

import pytest

from doubles.process.status_bench import StatusBench
from doubles.stats.scripted_figures import decision, queue_figures
from punctuald.model import Backlog, Metric
from punctuald.process.observer.status.queues import QueueLimits
from punctuald.stats.figures.intervals import Interval, QueueNow

AT_SOURCE = ("backlog", "in_flight_at_source", "delayed", "backlog_age_seconds", "head_age_seconds")


@pytest.fixture
def bench() -> StatusBench:
    made = StatusBench()
    made.pool()
    return made


def waiting(bench: StatusBench, behind_seconds: float | None = None, **visible: int) -> None:
    bench.figures.waits = tuple(
        QueueNow(name, 0, 0, Backlog(number, 3, 1, bench.clock.mono(), behind_seconds))
        for name, number in visible.items()
    )


def test_one_of_which_nobody_knows_what_waits_has_no_numbers(bench: StatusBench) -> None:
    queue = bench.queue()
    assert {queue[name] for name in AT_SOURCE} == {None}
    assert (queue["state"], queue["text"], queue["paused"]) == ("available", None, False)


def test_what_waits_is_said_with_its_age(bench: StatusBench) -> None:
    waiting(bench, orders=12)
    bench.figures.decided = decision(0.8)
    queue = bench.queue()
    assert [queue[name] for name in AT_SOURCE] == [12, 3, 1, 1.0, 0.8]


def test_the_head_of_the_only_queue_with_messages_is_known_and_of_several_none_is(bench: StatusBench) -> None:
    bench.figures.decided = decision(0.8)
    waiting(bench, orders=12, invoices=0)
    assert (bench.queue("orders")["head_age_seconds"], bench.queue("invoices")["head_age_seconds"]) == (0.8, 0.0)
    waiting(bench, orders=12, invoices=1)
    assert (bench.queue("orders")["head_age_seconds"], bench.queue("invoices")["head_age_seconds"]) == (None, None)


def test_how_old_the_oldest_message_is_is_known_though_several_queues_wait(bench: StatusBench) -> None:
    bench.figures.decided = decision(0.8)
    waiting(bench, orders=12, invoices=1)
    assert bench.read()["head_age_seconds"] == 0.8
    waiting(bench, orders=12, invoices=1, behind_seconds=4.5)
    assert bench.read()["head_age_seconds"] == 4.5
    bench.figures.decided = None
    assert bench.read()["head_age_seconds"] == 4.5
    waiting(bench, orders=12, invoices=1)
    assert bench.read()["head_age_seconds"] is None


def test_where_the_autoscaler_does_not_know_the_age_nobody_does(bench: StatusBench) -> None:
    waiting(bench, orders=12)
    assert bench.queue()["head_age_seconds"] is None
    bench.figures.decided = decision(None)
    assert bench.queue()["head_age_seconds"] is None


def test_a_log_says_itself_how_far_behind_it_is(bench: StatusBench) -> None:
    waiting(bench, orders=12, invoices=3, behind_seconds=4.5)
    assert (bench.queue("orders")["head_age_seconds"], bench.queue("invoices")["head_age_seconds"]) == (4.5, 4.5)


def test_one_that_is_unavailable_says_why(bench: StatusBench) -> None:
    bench.pool(unavailable=(("orders", "access denied"),))
    queue = bench.queue()
    assert (queue["state"], queue["text"]) == ("unavailable", "access denied")


def test_one_whose_downstream_is_away_is_down(bench: StatusBench) -> None:
    bench.downs = ["orders"]
    queue = bench.queue()
    assert (queue["state"], queue["text"]) == ("down", "what its handlers call is away")
    assert bench.queue("invoices")["state"] == "available"


def test_a_pause_wins_and_what_else_is_the_matter_is_still_said(bench: StatusBench) -> None:
    bench.pool(unavailable=(("orders", "access denied"),), paused=(("orders",),))
    queue = bench.queue()
    assert (queue["state"], queue["text"], queue["paused"]) == ("paused", "access denied", True)


def test_until_the_supervisor_has_spoken_nobody_knows_whether_it_is_paused() -> None:
    queue = StatusBench().queue()
    assert (queue["state"], queue["paused"]) == (None, None)


def test_totals_are_of_all_workers_since_the_beginning(bench: StatusBench) -> None:
    for index, counts in enumerate(((3, 2, 1), (4, 2, 2))):
        row = bench.worker(index, 100 + index)
        for metric, count in zip((Metric.FAILED, Metric.REJECTED, Metric.POISON), counts, strict=True):
            row.count(1, metric, count)
        row.count(1, Metric.DONE, 10)
        row.count(1, Metric.REDELIVERED, 2)
    queue = bench.queue("invoices")
    assert [queue[name] for name in ("done", "failed", "dead_lettered", "redelivered")] == [20, 7, 4, 4], (
        "poison is among it"
    )
    assert bench.queue("orders")["done"] == 0


def test_rates_are_those_of_the_interval_and_0_where_nothing_was_counted(bench: StatusBench) -> None:
    bench.clock.advance(9)
    bench.figures.interval = Interval(queues=(queue_figures("orders", received=50, redelivered=10, done=30),))
    queue = bench.queue("orders")
    assert [queue[f"{name}_per_second"] for name in ("arrivals", "received", "done")] == [4.0, 5.0, 3.0]
    assert bench.queue("invoices")["done_per_second"] == 0.0


def test_its_limits_are_the_configurations() -> None:
    bench = StatusBench(limits=lambda queue: QueueLimits(2, 20.0, 3) if queue == "orders" else QueueLimits())
    assert bench.queue("orders")["limits"] == {"concurrency": 2, "rate_per_second": 20.0, "weight": 3}
    assert bench.queue("invoices")["limits"] == {"concurrency": None, "rate_per_second": None, "weight": 1}
