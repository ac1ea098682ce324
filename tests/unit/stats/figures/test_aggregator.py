from __future__ import annotations

import pytest

from doubles.stats.sample_rows import Sample, record
from punctuald.model import Metric, Stage
from punctuald.stats.board.board import Board
from punctuald.stats.board.layout import Layout
from punctuald.stats.figures.aggregator import Aggregator
from punctuald.stats.figures.pool_totals import PoolTotalsReader

OLD = Layout(queues=("orders", "mails"), tiers=("night", "peak"), handler_slots=2, workers=2)
NEW = Layout(queues=("orders", "bills"), tiers=("peak", "off"), handler_slots=3, workers=1)
THRESHOLDS = {"peak": 3.0, "off": 10.0, "night": 60.0}
NOW = 1_700_000_000.0


def aggregator(*boards: Board) -> Aggregator:
    return Aggregator(boards, threshold_seconds=THRESHOLDS, objective=0.9)


def sample(tier: int, handle_seconds: float, *, met: bool = True) -> Sample:
    return Sample(tier, 0.0, 0.0, 0.0, handle_seconds, 0.0, met)


def test_before_the_first_worker_every_queue_and_tier_is_there_with_zeros() -> None:
    snapshot = aggregator(Board(OLD)).snapshot()
    assert [(tier.name, tier.met, tier.stages[Stage.HANDLE].count) for tier in snapshot.tiers] == [
        ("night", 0, 0),
        ("peak", 0, 0),
    ]
    assert snapshot.counters["mails"][Metric.DONE] == 0


def test_a_snapshot_sums_the_workers_of_one_tier() -> None:
    board = Board(OLD)
    for index, met in enumerate((True, True, False)):
        worker = board.writer(index)
        worker.attach(pid=100 + index, now_mono=5.0)
        record(worker, [sample(1, float(index + 1), met=met)])
    night, peak = aggregator(board).snapshot().tiers
    assert (night.met, night.missed, night.compliance, night.budget_left) == (0, 0, 1.0, 1.0)
    assert (peak.name, peak.threshold_seconds, peak.met, peak.missed) == ("peak", 3.0, 2, 1)
    assert peak.compliance == pytest.approx(2 / 3)
    assert peak.budget_left < 0
    run = peak.stages[Stage.HANDLE]
    assert (run.count, run.mean, run.max) == (3, 2.0, 3.0)
    assert run.p50 == pytest.approx(2.0, rel=0.01)
    assert peak.stages[Stage.END_TO_END] == run


def test_boards_are_added_up_by_name_in_the_newest_ones_order() -> None:
    old, new = Board(OLD), Board(NEW)
    for board in (old, new):
        worker = board.writer(0)
        worker.attach(pid=1, now_mono=5.0)
        worker.ready(6.0, start_seconds=0.25)
        worker.count(0, Metric.DONE, 2)
        worker.count(1, Metric.DONE, 1)
        record(worker, [sample(board.layout.tiers.index("peak"), 1.0)])
    snapshot = aggregator(old, new).snapshot()
    assert {queue: counts[Metric.DONE] for queue, counts in snapshot.counters.items()} == {
        "orders": 4,
        "bills": 1,
        "mails": 1,
    }
    assert [(tier.name, tier.met) for tier in snapshot.tiers] == [("peak", 2), ("off", 0), ("night", 0)]
    assert snapshot.workers_ready == 2


def test_the_autoscalers_requests_count_though_it_is_no_worker() -> None:
    board = Board(OLD)
    scaler = board.writer(OLD.workers)
    scaler.attach(pid=1, now_mono=5.0)
    scaler.ready(5.0, start_seconds=0.25)
    scaler.count(0, Metric.REQUEST_ATTRIBUTES)
    snapshot = aggregator(board).snapshot()
    assert (snapshot.requests, snapshot.workers_ready) == (1, 0)


def test_a_sample_after_a_snapshot_shows_in_the_next() -> None:
    board = Board(OLD)
    worker = board.writer(0)
    worker.attach(pid=1, now_mono=5.0)
    reader = aggregator(board)
    before, again = reader.snapshot(), reader.snapshot()
    record(worker, [sample(0, 1.0)])
    assert again.tiers is before.tiers
    assert (before.tiers[0].met, reader.snapshot().tiers[0].met) == (0, 1)


def test_the_pools_totals_and_the_snapshot_agree() -> None:
    board = Board(OLD)
    worker = board.writer(0)
    worker.attach(pid=1, now_mono=5.0)
    worker.ready(5.5, start_seconds=0.25)
    worker.handler_slot(1).start("a message", 0, 6.0)
    record(worker, [sample(0, 0.25)])
    snapshot, totals = aggregator(board).snapshot(), PoolTotalsReader([board]).read(5.0, NOW)
    assert totals.slot_uses[0].busy == snapshot.busy_slots == 1
    assert totals.service_seconds_total == snapshot.tiers[0].stages[Stage.HANDLE].mean


def test_a_tier_without_a_threshold_is_refused_at_once() -> None:
    with pytest.raises(KeyError, match="night"):
        Aggregator([Board(OLD)], threshold_seconds={"peak": 3.0}, objective=0.9)
