from __future__ import annotations

from doubles.stats.histograms import of_durations
from punctuald.stats.board.cells import edge_at
from punctuald.view.metrics.buckets import LADDER_SECONDS, Buckets


def test_every_rung_of_the_ladder_ends_where_a_cell_ends() -> None:
    assert [seconds for seconds in LADDER_SECONDS if edge_at(seconds) is None] == []


def test_a_threshold_has_a_bucket_where_a_cell_ends_at_it() -> None:
    names = [name for name, _ in Buckets([3.0, 0.2, 60]).of(of_durations([]))]
    assert "3.0" in names
    assert "0.2" not in names
    assert names.count("60.0") == 1
    assert names[-1] == "+Inf"


def test_buckets_are_cumulative_and_the_last_has_all() -> None:
    counted = dict(Buckets([]).of(of_durations([0.0001, 0.3, 0.3, 1000.0, 90_000.0])))
    assert (counted["0.0009765625"], counted["0.25"], counted["0.5"], counted["1200.0"]) == (1, 1, 3, 4)
    assert counted["+Inf"] == 5
