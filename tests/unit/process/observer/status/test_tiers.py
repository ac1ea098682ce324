"""How each tier does against its threshold."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from doubles.process.status_bench import StatusBench
from doubles.stats.scripted_figures import tier_figures
from punctuald.model import Stage
from punctuald.policy.delivery.miss_cause import NONE_MISSED
from punctuald.policy.sla.windows import Look
from punctuald.stats.board.cells import cell_of_half, halves
from punctuald.stats.figures.histogram import Histogram
from punctuald.stats.figures.intervals import Interval

PERCENTILES = ("p50_seconds", "p95_seconds", "p99_seconds")


@pytest.fixture
def bench() -> StatusBench:
    return StatusBench()


def peak(bench: StatusBench) -> dict[str, Any]:
    [tier] = bench.read()["tiers"]
    return dict(tier)


def late(count: int) -> tuple[int, ...]:
    return (count, *NONE_MISSED[1:])


def test_of_a_tier_that_nobody_has_looked_at_only_its_settings_are_known(bench: StatusBench) -> None:
    tier = peak(bench)
    settings = {name: tier.pop(name) for name in ("tier", "threshold_seconds", "objective")}
    assert settings == {"tier": "peak", "threshold_seconds": 3.0, "objective": 0.99}
    interval = tier.pop("interval")
    assert set(tier.values()) == {None}
    assert interval == {"messages": 0, **dict.fromkeys(PERCENTILES), "max_seconds": None, "stages": {}}


def test_a_tier_that_had_no_message_has_no_share_of_any(bench: StatusBench) -> None:
    bench.look(Look())
    tier = peak(bench)
    assert (tier["violated"], tier["violated_since"], tier["overdue"]) == (False, None, 0)
    assert (tier["met"], tier["missed"], tier["compliance"], tier["budget_left"]) == (0, 0, None, 1.0)
    assert (tier["messages_fast"], tier["compliance_fast"], tier["burn_fast"]) == (0, None, 0.0)


def test_its_totals_its_windows_and_its_budget_are_said(bench: StatusBench) -> None:
    bench.look(Look())
    bench.clock.advance(30)
    bench.look(Look(met=990, missed_by=late(5), overdue=5))
    tier = peak(bench)
    assert (tier["met"], tier["missed"], tier["overdue"]) == (990, 5, 5)
    assert (tier["compliance"], tier["budget_left"]) == (0.994975, 0.4975)
    assert (tier["messages_fast"], tier["compliance_fast"], tier["burn_fast"]) == (1000, 0.99, 1.0)
    assert (tier["messages_slow"], tier["compliance_slow"], tier["burn_slow"]) == (1000, 0.99, 1.0)


def test_a_violation_says_since_when(bench: StatusBench) -> None:
    bench.look(Look())
    bench.clock.advance(30)
    bench.look(Look(met=10, missed_by=late(10)))
    tier = peak(bench)
    assert (tier["violated"], tier["violated_since"]) == (True, "2023-11-14T22:13:50.000Z")


def test_the_intervals_percentiles_are_over_all_queues(bench: StatusBench) -> None:
    quick, slow = (Histogram(cell_of_half(*halves([us / 1e6])), (100,), 100 * us, us) for us in (100_000, 400_000))
    one, other = tier_figures(0, 0.0), tier_figures(2, 0.0)
    tiers = (
        replace(one, met=98, stages={**one.stages, Stage.END_TO_END: quick, Stage.HANDLE: quick}),
        replace(other, queue="invoices", met=98, stages={**other.stages, Stage.END_TO_END: slow}),
        replace(other, tier="night", met=10_000),
    )
    bench.figures.interval = Interval(tiers=tiers)
    interval = peak(bench)["interval"]
    assert interval["messages"] == 198
    assert [interval[name] for name in PERCENTILES] == pytest.approx([0.1, 0.4, 0.4], rel=0.05)
    assert list(interval["stages"]) == ["handle"]
    assert interval["stages"]["handle"]["p99_seconds"] == pytest.approx(0.1, rel=0.05)
