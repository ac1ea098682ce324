"""The plan of one who knows: on time, and next to nothing above the pure work."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from punctuald.policy.scaling.decide import ScalingRules
from punctuald.simulate.compare.clairvoyant import GOAL, plan_workers
from punctuald.simulate.engine.engine import replay
from punctuald.simulate.engine.setup import STUDY_SHARES, Setup
from punctuald.simulate.engine.traffic import draw_traffic
from punctuald.simulate.scalers.ours import Ours
from punctuald.simulate.trace.tier_plan import ByShares
from punctuald.simulate.trace.trace import Trace

SETUP = Setup(tier_times=ByShares(STUDY_SHARES))
SECOND = np.arange(600)
WAVES = Trace("waves", 160 + 100 * np.sin(SECOND / 100), 1.0, rescaled=True)


def test_it_keeps_its_goal_for_hardly_more_than_the_pure_work() -> None:
    traffic = draw_traffic(WAVES, SETUP, 1)
    plan = plan_workers(traffic, WAVES, SETUP, 1)
    assert all(tier.compliance >= GOAL for tier in plan.result.tiers)
    assert 1.0 < plan.result.of_pure_work < 1.05
    assert plan.note == ""


def test_nobody_who_has_to_guess_does_it_for_less() -> None:
    traffic = draw_traffic(WAVES, SETUP, 1)
    ours = replay(traffic, WAVES, SETUP, Ours(ScalingRules(1, 64)), 1)
    assert ours.worker_seconds > plan_workers(traffic, WAVES, SETUP, 1).result.worker_seconds


def test_where_no_plan_can_be_on_time_it_says_so() -> None:
    setup = replace(SETUP, max_workers=4)
    plan = plan_workers(draw_traffic(WAVES, setup, 1), WAVES, setup, 1)
    assert plan.note.startswith("waves: no plan within 4 workers kept 99.9% of each tier's messages on time")
    assert max(plan.workers) == 4
