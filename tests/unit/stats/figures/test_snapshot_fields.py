from __future__ import annotations

import orjson

from doubles.stats.sample_rows import Sample, record
from punctuald.model import Metric
from punctuald.stats.board.board import Board
from punctuald.stats.board.layout import Layout
from punctuald.stats.figures.aggregator import Aggregator
from punctuald.stats.figures.snapshot_fields import snapshot_lines
from punctuald.stats.snapshot import Snapshot


def test_a_log_line_carries_the_whole_snapshot_in_plain_values() -> None:
    board = Board(Layout(queues=("orders",), tiers=("peak",), handler_slots=1, workers=1))
    worker = board.writer(0)
    worker.attach(pid=1, now_mono=5.0)
    worker.ready(6.0, start_seconds=0.25)
    worker.count(0, Metric.REQUEST_RECEIVE, 2)
    for handle_seconds in (0.000_001, 0.000_002, 0.000_002):
        record(worker, [Sample(0, 0.0, 0.0, 0.0, handle_seconds, 0.0, met=True)])
    snapshot = Aggregator([board], threshold_seconds={"peak": 3.0}, objective=0.99).snapshot()

    [fields] = orjson.loads(orjson.dumps(snapshot_lines(snapshot)))
    peak = fields["tiers"]["peak"]
    handle = peak.pop("stages")["handle"]
    assert handle == {
        "count": 3,
        "mean_seconds": 0.000_002,  # 5/3 microseconds, rounded
        "p50_seconds": 0.000_002,
        "p95_seconds": 0.000_002,
        "p99_seconds": 0.000_002,
        "max_seconds": 0.000_002,
    }
    assert peak == {"threshold_seconds": 3.0, "met": 3, "missed": 0, "compliance": 1.0, "budget_left": 1.0}
    assert (fields["workers_ready"], fields["busy_slots"], fields["requests"]) == (1, 0, 2)
    assert fields["queues"] == {"orders": {"request_receive": 2}}


def test_what_is_zero_is_left_out() -> None:
    board = Board(Layout(queues=("orders", "mails"), tiers=("peak", "off"), handler_slots=1, workers=1))
    worker = board.writer(0)
    worker.attach(pid=1, now_mono=5.0)
    record(worker, [Sample(1, 0.0, 0.5, 0.0, 0.5, 0.0, met=True)])
    [fields] = snapshot_lines(aggregated(board))
    assert fields["queues"] == {}
    assert {name: [*tier["stages"]] for name, tier in fields["tiers"].items()} == {
        "off": ["queue", "handle", "end_to_end"]
    }


def test_a_snapshot_of_very_many_queues_is_in_parts_that_the_log_does_not_cut() -> None:
    queues = tuple(f"{'a-long-name-of-a-queue':->60}-{number}" for number in range(80))
    board = Board(Layout(queues=queues, tiers=("peak", "off"), handler_slots=1, workers=1))
    worker = board.writer(0)
    worker.attach(pid=1, now_mono=5.0)
    for number in range(80):
        worker.count(number, Metric.DONE, number + 1)
        record(worker, [Sample(number % 2, 0.0, 0.5, 0.0, 0.5, 0.0, met=True, queue=number)])
    lines = snapshot_lines(aggregated(board))
    assert len(lines) > 1
    assert max(len(orjson.dumps(line)) for line in lines) < 4_000
    assert [line["part"] for line in lines] == [*range(1, len(lines) + 1)]
    done = {queue: counts["done"] for line in lines for queue, counts in line["queues"].items()}
    assert done == {queue: number + 1 for number, queue in enumerate(queues)}
    assert {tier for line in lines for tier in line["tiers"]} == {"peak", "off"}


def aggregated(board: Board) -> Snapshot:
    return Aggregator([board], threshold_seconds={"peak": 3.0, "off": 10.0}, objective=0.99).snapshot()
