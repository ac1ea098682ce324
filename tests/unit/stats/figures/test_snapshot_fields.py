from __future__ import annotations

import orjson

from doubles.stats.sample_rows import Sample, record
from punctuald.model import Metric
from punctuald.stats.board.board import Board
from punctuald.stats.board.layout import Layout
from punctuald.stats.figures.aggregator import Aggregator
from punctuald.stats.figures.snapshot_fields import snapshot_fields


def test_a_log_line_carries_the_whole_snapshot_in_plain_values() -> None:
    board = Board(Layout(queues=("orders",), tiers=("peak",), handler_slots=1, workers=1))
    worker = board.writer(0)
    worker.attach(pid=1, now_mono=5.0)
    worker.ready(6.0, start_seconds=0.25)
    worker.count(0, Metric.REQUEST_RECEIVE, 2)
    for handle_seconds in (0.000_001, 0.000_002, 0.000_002):
        record(worker, [Sample(0, 0.0, 0.0, 0.0, handle_seconds, 0.0, met=True)])
    snapshot = Aggregator([board], threshold_seconds={"peak": 3.0}, objective=0.99).snapshot()

    fields = orjson.loads(orjson.dumps(snapshot_fields(snapshot)))
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
    assert fields["queues"]["orders"] == {c.name.lower(): 2 if c is Metric.REQUEST_RECEIVE else 0 for c in Metric}
