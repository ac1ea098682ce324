"""Ours and the rivals side by side, and the choices that hindsight makes."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest

from punctuald.policy.scaling.decide import ScalingRules
from punctuald.simulate.compare.comparison import compare
from punctuald.simulate.compare.contestant import BestStatic, OursRecipe, World, drawn
from punctuald.simulate.compare.figures import Figures, figures_of, mean_of, reaches
from punctuald.simulate.compare.many_runs import Job, run_all
from punctuald.simulate.engine.setup import STUDY_SHARES, Setup
from punctuald.simulate.scalers.scaler import Static
from punctuald.simulate.trace.tier_plan import ByShares
from punctuald.simulate.trace.trace import Trace

SECONDS = np.arange(180)
WAVES = Trace("waves", 80 + 60 * np.sin(SECONDS / 20), 1.0, rescaled=True)
WORLD = World(WAVES, Setup(tier_times=ByShares(STUDY_SHARES), max_workers=16))
OURS = OursRecipe(ScalingRules(1, 16), 1.0)
FINE = Figures(1.0, 1.0, 0.5, 1.0, 100.0, 10.0, 5.0, 1000)


def test_everybody_meets_the_same_messages_and_none_undercuts_the_plan_that_knew_them() -> None:
    heard: list[tuple[int, int]] = []
    (compared,) = compare([WORLD], OURS, seeds=[1, 2], done=lambda ended, planned: heard.append((ended, planned)))
    assert [row.scaler for row in compared.rows[:3]] == ["clairvoyant", "static", "punctuald"]
    assert len(compared.rows) == 10
    assert heard == [(number, 20) for number in range(1, 21)]
    assert compared.row("clairvoyant").cost == 1
    assert all(row.cost > 0.99 for row in compared.rows if row.reaches)
    assert all(row.worst <= min(row.figures.compliance, row.figures.tightest) + 1e-12 for row in compared.rows)


def test_tuned_in_hindsight_nobody_is_worse_than_as_published() -> None:
    short = World(WAVES.between(0, 60), WORLD.setup)
    (compared,) = compare([short], OURS, seeds=[1], tune=True)
    tuned = [row for row in compared.rows if row.tuned]
    assert len(tuned) == 7
    for row in tuned:
        published = compared.row(row.scaler)
        assert row.reaches >= published.reaches
        if published.reaches:
            assert row.cost <= published.cost


def test_the_best_fixed_number_is_the_fewest_that_reach_the_goal() -> None:
    traced = drawn(WORLD, 1)
    best = BestStatic().run(traced)
    counts = [figures_of(traced.replay(Static(count))) for count in range(1, 17)]
    assert best == next(figures for figures in counts if reaches(figures))


def test_where_no_number_reaches_the_goal_it_is_the_largest() -> None:
    cramped = World(WAVES, replace(WORLD.setup, max_workers=2))
    traced = drawn(cramped, 1)
    assert BestStatic().run(traced) == figures_of(traced.replay(Static(2)))


def test_the_tightest_promise_is_one_that_is_in_force_some_time() -> None:
    assert WORLD.tightest_seconds == 3.0
    late = World(WAVES, Setup(tier_times=ByShares(((0.5, 10.0), (0.5, 60.0)))))
    assert late.tightest_seconds == 10.0


@pytest.mark.parametrize(
    ("figures", "reached"),
    [
        (FINE, True),
        (replace(FINE, tightest=0.9985), False),
        (replace(FINE, compliance=0.9985), False),
        (replace(FINE, compliance=0.999, tightest=0.999), True),
    ],
)
def test_the_goal_holds_for_all_and_for_the_tightest_tier(figures: Figures, reached: bool) -> None:
    assert reaches(figures) is reached


def test_several_seeds_count_by_their_mean() -> None:
    mean = mean_of([FINE, replace(FINE, compliance=0.998, requests=2000)])
    assert mean.compliance == pytest.approx(0.999)
    assert replace(mean, compliance=1.0) == replace(FINE, requests=1500)


@dataclass(frozen=True)
class _Failing:
    name: str = "failing"
    label: str = ""

    def run(self, traced: object) -> Figures:
        raise ArithmeticError(f"{type(traced).__name__} is too hard")


def test_a_failure_ends_the_comparison() -> None:
    with pytest.raises(ArithmeticError, match="Traced is too hard"):
        run_all([WORLD], [[_Failing()]], [Job(0, 1, 0)], jobs=1, done=lambda *_: None)
