"""Daemons that work off one queue, each by its own sights: together they order what one alone would."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from punctuald.errors import ConfigurationError
from punctuald.policy.scaling.decide import ScalingRules
from punctuald.simulate.engine.engine import replay, replay_together
from punctuald.simulate.engine.result import Result
from punctuald.simulate.engine.setup import DepthGauge, Setup
from punctuald.simulate.engine.traffic import draw_traffic
from punctuald.simulate.scalers.ours import Ours
from punctuald.simulate.scalers.scaler import Sight, Static
from punctuald.simulate.trace.service_times import Lognormal
from punctuald.simulate.trace.tier_plan import ByShares
from punctuald.simulate.trace.trace import Trace

SECONDS = 240
BURST_AT = 60
LEASE_SECONDS = 10.0
WIDE = Setup(
    tier_times=ByShares(((1, 60.0),)),
    service=Lognormal(2.0),
    max_workers=64,
    depth=DepthGauge(1.0, 0.0, 0.0),
    redelivery_seconds=LEASE_SECONDS,
)
"""A minute of slack and slow handlers, so that a burst is planned for by the count, which is exact."""

TIGHT = replace(WIDE, tier_times=ByShares(((1, 3.0),)), service=Lognormal(0.2))


def trace(per_second: float, burst: int) -> Trace:
    arrivals = np.full(SECONDS, per_second)
    arrivals[BURST_AT] += burst
    return Trace("burst", arrivals, 1.0)


@cache
def run(daemons: int, hosts: int, burst: int, setup: Setup = WIDE, per_second: float = 2.0, least: int = 1) -> Result:
    setup, sent = replace(setup, min_workers=least), trace(per_second, burst)
    scalers = [Ours(ScalingRules(least, setup.max_workers), hosts=hosts) for _ in range(daemons)]
    return replay_together(draw_traffic(sent, setup, 1), sent, setup, scalers)


def ordered(result: Result) -> int:
    return sum(daemon.most_ordered for daemon in result.daemons)


def alone(daemons: int, burst: int, setup: Setup = WIDE, per_second: float = 2.0) -> Result:
    """One daemon that keeps as many workers as ``daemons`` would."""
    return run(1, 1, burst, setup, per_second, least=daemons)


@pytest.mark.parametrize("daemons", [2, 4])
@pytest.mark.parametrize("burst", [150, 1_000])
def test_after_a_burst_they_order_about_what_one_would_and_keep_the_latency(daemons: int, burst: int) -> None:
    together, one = run(daemons, daemons, burst), alone(daemons, burst)
    assert ordered(together) <= 1.3 * ordered(one) + 1
    assert together.worker_seconds <= 1.15 * one.worker_seconds
    assert together.everything.compliance >= 0.999


@pytest.mark.parametrize("daemons", [2, 4])
def test_daemons_that_do_not_know_of_each_other_order_a_burst_several_times(daemons: int) -> None:
    """So the setting is what makes the difference, and not the simulation."""
    assert ordered(run(daemons, 1, 1_000)) >= 1.3 * ordered(run(daemons, daemons, 1_000))


@pytest.mark.parametrize("daemons", [2, 4])
def test_steady_they_cost_what_one_would_and_what_each_rounds_up_to_whole_workers(daemons: int) -> None:
    together, one = run(daemons, daemons, 0, TIGHT, 80.0), alone(daemons, 0, TIGHT, 80.0)
    assert together.worker_seconds <= one.worker_seconds + 0.5 * daemons * SECONDS
    assert together.everything.compliance >= 0.999


@pytest.mark.parametrize(("daemons", "setup"), [(2, TIGHT), (4, TIGHT), (2, WIDE), (4, WIDE)])
def test_after_one_is_killed_the_others_do_its_part(daemons: int, setup: Setup) -> None:
    per_second = 80.0 if setup is TIGHT else 8.0
    result = run(daemons, daemons, 1_000, replace(setup, kill_at_seconds=BURST_AT + 3.0), per_second)
    in_hand = result.redelivered
    assert 0 < in_hand <= 4 * result.daemons[-1].most_ordered
    late = result.everything.messages - result.everything.met
    assert late - in_hand <= 0.002 * result.messages  # what a dead worker had comes too late after a lease of 10 s
    assert result.daemons[-1].worker_seconds < result.daemons[0].worker_seconds


def test_arrivals_are_each_ones_own_and_add_up_to_all() -> None:
    sent = trace(40.0, 0)
    spies = [Spy(1) for _ in range(3)]
    replay_together(draw_traffic(sent, TIGHT, 1), sent, TIGHT, spies)
    received = [sum(count for _, count in spy.last.arrivals) for spy in spies]
    assert sum(received) == pytest.approx(40 * SECONDS, abs=45)
    assert min(received) > 0.25 * sum(received)


@pytest.mark.parametrize("tick_seconds", [0.5, 1.0, 10.0])
def test_they_look_in_turn_and_never_in_the_same_moment(tick_seconds: float) -> None:
    sent = trace(40.0, 0)
    spies = [Spy(1, tick_seconds) for _ in range(4)]
    replay_together(draw_traffic(sent, TIGHT, 1), sent, replace(TIGHT, step_seconds=min(1.0, tick_seconds)), spies)
    looks = sorted(moment for spy in spies for moment in spy.moments)
    assert len(looks) == len(set(looks))
    assert [len(spy.moments) for spy in spies] == [pytest.approx(SECONDS / tick_seconds, abs=3)] * 4
    assert max(spy.moments[0] for spy in spies) < 1.0, "nobody waits long for his first look"


def test_a_fixed_number_of_workers_is_that_from_the_beginning_on_every_daemon() -> None:
    sent = trace(40.0, 0)
    result = replay_together(draw_traffic(sent, TIGHT, 1), sent, TIGHT, [Static(3), Static(3)])
    assert [daemon.worker_seconds for daemon in result.daemons] == [pytest.approx(3 * SECONDS, rel=0.02)] * 2


def test_one_of_several_scalers_alone_is_an_ordinary_run() -> None:
    sent = trace(40.0, 150)
    traffic = draw_traffic(sent, TIGHT, 1)
    assert replay_together(traffic, sent, TIGHT, [Static(3)]) == replay(traffic, sent, TIGHT, Static(3))


def test_more_workers_than_can_be_told_apart_are_refused() -> None:
    sent, huge = trace(1.0, 0), replace(TIGHT, max_workers=300)
    scalers: Sequence[Static] = [Static(1), Static(1)]
    with pytest.raises(ConfigurationError, match="2 daemons of up to 300 workers"):
        replay_together(draw_traffic(sent, huge, 1), sent, huge, scalers)


class Spy:
    """A fixed number of workers, when it looked, and the last that it was shown."""

    name = "spy"
    last: Sight

    def __init__(self, count: int, tick_seconds: float = 1.0) -> None:
        self.count = count
        self.tick_seconds = tick_seconds
        self.moments: list[float] = []

    def workers(self, sight: Sight) -> int:
        self.last = sight
        self.moments.append(sight.now_seconds)
        return self.count
