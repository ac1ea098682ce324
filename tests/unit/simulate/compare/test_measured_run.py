"""A run against its objective and against the plan that knew everything."""

from __future__ import annotations

import pytest

from doubles.scaling.simulated_runs import clairvoyant, result, tier_result
from punctuald.simulate.compare.measured_run import MeasuredRun

FINE = tier_result("batch_mode", 60.0, messages=900, met=900)
LATE = tier_result("peak_hours", 3.0, messages=100, met=98)


def test_one_tier_below_the_objective_is_enough_to_miss_it() -> None:
    run = result(FINE, LATE)
    assert run.everything.compliance > 0.99
    assert not MeasuredRun(run, 0.99).kept
    assert MeasuredRun(run, 0.98).kept


def test_worker_seconds_are_a_multiple_of_the_plan_that_knew_all_arrivals() -> None:
    ours = result(FINE, worker_seconds=1_500.0)
    run = MeasuredRun(ours, 0.99, clairvoyant(ours, worker_seconds=1_000.0))
    assert [one.scaler for one in run.results] == ["ours", "clairvoyant"]
    assert [run.of_clairvoyant(one) for one in run.results] == [pytest.approx(1.5), 1.0]


def test_without_that_plan_there_is_no_multiple_of_it() -> None:
    run = MeasuredRun(result(FINE), 0.99)
    assert run.results == (run.result,)
    assert run.of_clairvoyant(run.result) is None
