"""Laws of the simulation over random worlds, and of the string that its yardstick is made of."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from doubles.scaling.simulation import simulate
from punctuald.simulate.compare.taut_string import taut_string
from punctuald.simulate.engine.engine import replay_together
from punctuald.simulate.engine.setup import DepthGauge, Overload, Setup
from punctuald.simulate.engine.traffic import draw_traffic
from punctuald.simulate.scalers.scaler import Planned
from punctuald.simulate.trace.service_times import Lognormal
from punctuald.simulate.trace.tier_plan import ByShares
from punctuald.simulate.trace.trace import Trace

WORLDS = st.builds(
    Setup,
    tier_times=st.lists(st.tuples(st.floats(0.1, 1), st.sampled_from([1.0, 3.0, 60.0])), min_size=1, max_size=4).map(
        ByShares
    ),
    service=st.builds(Lognormal, st.floats(0.01, 3), st.floats(0, 2)),
    slots=st.integers(1, 5),
    start_seconds=st.floats(0, 5),
    start_variation=st.floats(0, 1),
    depth=st.none() | st.builds(DepthGauge, st.floats(1, 10), st.floats(0, 30), st.floats(0, 0.5)),
    order_randomness=st.sampled_from([0.0, 0.0, 0.3, 1.0]),
    redelivery_share=st.sampled_from([0.0, 0.0, 0.2]),
    overload=st.sampled_from(Overload),
    window=st.none() | st.integers(1, 50),
    max_workers=st.just(8),
)
TRACES = st.lists(st.integers(0, 12), min_size=1, max_size=60).map(
    lambda counts: Trace("random", np.array(counts, dtype=float), 1.0)
)
PLANS = st.lists(st.integers(0, 9), min_size=1, max_size=60)


@given(world=WORLDS, trace=TRACES, plan=PLANS, seed=st.integers(0, 5))
@settings(max_examples=60, deadline=None)
def test_every_message_is_done_and_every_worker_paid_for(
    world: Setup, trace: Trace, plan: list[int], seed: int
) -> None:
    result = simulate(trace, world, Planned("random", plan), seed)
    assert result.everything.messages == trace.arrivals.sum()
    assert sum(tier.met for tier in result.tiers) == result.everything.met <= result.messages
    assert result.worker_seconds >= result.pure_work_seconds - 1e-6
    assert result.worker_seconds <= 2 * world.max_workers * (result.seconds + 1)
    assert result.everything.p50 is None or result.everything.p50 > 0


@given(
    world=WORLDS,
    trace=TRACES,
    plans=st.lists(PLANS, min_size=2, max_size=3),
    kill_at_seconds=st.none() | st.floats(0, 60),
)
@settings(max_examples=60, deadline=None)
def test_with_several_daemons_every_message_is_done_though_one_is_killed(
    world: Setup, trace: Trace, plans: list[list[int]], kill_at_seconds: float | None
) -> None:
    world = replace(world, kill_at_seconds=kill_at_seconds)
    scalers = [Planned("random", plan) for plan in plans]
    result = replay_together(draw_traffic(trace, world, 1), trace, world, scalers)
    assert result.everything.messages == trace.arrivals.sum()
    assert result.everything.p50 is None or result.everything.p50 > 0
    assert len(result.daemons) == len(plans)
    assert result.worker_seconds == sum(daemon.worker_seconds for daemon in result.daemons)
    assert result.worker_seconds <= 2 * len(plans) * world.max_workers * (result.seconds + 1)


@given(world=WORLDS, trace=TRACES, plan=PLANS)
@settings(max_examples=20, deadline=None)
def test_nothing_but_its_arguments_decides_a_result(world: Setup, trace: Trace, plan: list[int]) -> None:
    first, again = (simulate(trace, world, Planned("random", plan)) for _ in range(2))
    assert first == again


@given(st.lists(st.tuples(st.floats(0, 10), st.floats(0, 10)), min_size=1, max_size=40))
def test_a_taut_string_stays_in_its_tube_and_no_string_is_shorter(steps: list[tuple[float, float]]) -> None:
    """Its length is compared with those of strings pushed up or down at one point as far as the tube allows."""
    arrived = np.concatenate(([0.0], np.cumsum([step for step, _ in steps])))
    lower = np.maximum.accumulate(np.maximum(0.0, arrived - [0.0, *(width for _, width in steps)]))
    lower[-1] = arrived[-1]
    string = taut_string(lower.tolist(), arrived.tolist())
    assert (string >= lower - 1e-9).all()
    assert (string <= arrived + 1e-9).all()
    for at in range(1, len(string) - 1):
        for pushed in (lower[at], arrived[at], (string[at - 1] + string[at + 1]) / 2):
            bent = string.copy()
            bent[at] = min(max(pushed, lower[at]), arrived[at])
            assert length(string) <= length(bent) + 1e-9


def length(string: np.ndarray) -> float:
    return float(np.hypot(1.0, np.diff(string)).sum())
