"""The simulation as a whole: nothing lost, nothing idle that need not be, and figures that queueing theory knows."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from math import exp, factorial

import numpy as np
import pytest

from doubles.scaling.simulation import simulate
from punctuald.policy.scaling.decide import ScalingRules
from punctuald.simulate.engine.result import Result
from punctuald.simulate.engine.setup import STUDY_SHARES, DepthGauge, Overload, Setup
from punctuald.simulate.scalers.ours import Ours
from punctuald.simulate.scalers.scaler import Planned, Sight, Static
from punctuald.simulate.trace.service_times import Lognormal
from punctuald.simulate.trace.stamps import Seconds
from punctuald.simulate.trace.tier_plan import ByShares
from punctuald.simulate.trace.trace import Trace

SHORT = Setup(tier_times=ByShares(STUDY_SHARES))


def steady(per_second: float, seconds: int) -> Trace:
    return Trace("steady", np.full(seconds, per_second), 1.0, rescaled=True)


def bursty(seconds: int = 600) -> Trace:
    second = np.arange(seconds)
    return Trace("bursty", np.where(second % 300 < 60, 300.0, 100.0), 1.0, rescaled=True)


class Spy:
    """A fixed number of workers, and everything it was shown."""

    name = "spy"

    def __init__(self, count: int, tick_seconds: float = 1.0) -> None:
        self.count = count
        self.tick_seconds = tick_seconds
        self.sights: list[Sight] = []

    def workers(self, sight: Sight) -> int:
        self.sights.append(sight)
        return self.count


@dataclass(frozen=True)
class Exponential:
    """Service times without memory: what queueing theory has formulas for."""

    mean_seconds: float

    def draw(self, count: int, rng: np.random.Generator) -> Seconds:
        return rng.exponential(self.mean_seconds, count)


def erlang_c(slots: int, load: float) -> float:
    """The chance that a message has to wait (Erlang 1917), ``load`` = rate x service time."""
    waiting = load**slots / factorial(slots) * slots / (slots - load)
    return waiting / (sum(load**number / factorial(number) for number in range(slots)) + waiting)


@pytest.mark.parametrize("slots", [4, 8, 16])
def test_waits_are_those_of_erlangs_formula(slots: int) -> None:
    """M/M/c: P(wait > t) = C(c, a) exp(-(c - a) t / S), and of the latency by convolution."""
    service, load = 0.2, 0.85 * slots
    setup = replace(
        SHORT, slots=slots, service=Exponential(service), start_seconds=0.0, tier_times=ByShares(((1, 1.0),))
    )
    result = simulate(steady(load / service, 4_000), setup, Static(1), seed=3)
    delayed, surplus = erlang_c(slots, load), slots - load
    late = exp(-1.0 / service) * (1 - delayed) + delayed * (surplus * exp(-1.0 / service) - exp(-surplus / service)) / (
        surplus - 1
    )
    assert 1 - result.everything.compliance == pytest.approx(late, rel=0.2)


def test_a_message_that_never_waits_takes_as_long_as_its_handler() -> None:
    setup = replace(SHORT, service=Lognormal(0.2, 0.0), start_seconds=0.0)
    result = simulate(steady(5.0, 600), setup, Static(16))
    assert result.everything.p50 == pytest.approx(0.2)
    assert result.everything.p99 == pytest.approx(0.2)


@pytest.mark.parametrize(
    "setup",
    [
        SHORT,
        replace(SHORT, overload=Overload.RESCUE, window=500),
        replace(SHORT, order_randomness=0.3),
        replace(SHORT, redelivery_share=0.1),
        replace(SHORT, redelivery_share=0.1, order_randomness=1.0, overload=Overload.RESCUE),
        replace(SHORT, depth=None),
    ],
)
def test_every_message_is_done_once_whatever_the_world(setup: Setup) -> None:
    result = simulate(bursty(), setup, Ours(ScalingRules(1, 64)))
    assert result.everything.messages == result.messages == sum(tier.messages for tier in result.tiers)
    assert result.everything.p50 is not None
    assert result.everything.p50 > 0
    assert (result.redelivered > 0) == (setup.redelivery_share > 0)


def test_what_fails_comes_again_and_its_latency_counts_from_the_first_sending() -> None:
    setup = replace(SHORT, service=Lognormal(0.2, 0.0), redelivery_share=0.5, redelivery_seconds=5.0, start_seconds=0.0)
    result = simulate(steady(5.0, 600), setup, Static(16))
    assert result.redelivered == pytest.approx(result.messages, rel=0.1)
    assert result.everything.p95 == pytest.approx(4 * 5.2 + 0.2)  # one in sixteen fails four times or more


def test_work_is_conserved_slots_are_as_busy_as_the_messages_need() -> None:
    spy = Spy(16)
    simulate(steady(160.0, 1200), SHORT, spy)
    busy = np.mean([sight.busy_slots for sight in spy.sights[60:]])
    assert busy == pytest.approx(32.0, rel=0.03)  # Little's law


@pytest.mark.parametrize("overload", list(Overload))
def test_more_workers_never_keep_fewer_promises(overload: Overload) -> None:
    setup = replace(SHORT, overload=overload)
    kept = [simulate(bursty(), setup, Static(count)).everything.compliance for count in (4, 6, 8, 10, 14, 20)]
    assert kept == sorted(kept)


def test_the_same_seed_gives_the_same_result_and_another_does_not() -> None:
    first, again, other = (simulate(bursty(), SHORT, Ours(ScalingRules(1, 64)), seed) for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_every_scaler_meets_the_same_messages() -> None:
    few, many = (simulate(bursty(), SHORT, Static(count)) for count in (8, 32))
    assert few.messages == many.messages
    assert few.pure_work_seconds == many.pure_work_seconds


def test_time_is_virtual_nobody_looks_at_a_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_clock() -> float:
        raise AssertionError("the simulation asked for the time")

    for name in ("time", "monotonic", "perf_counter", "sleep"):
        monkeypatch.setattr(time, name, no_clock)
    assert simulate(steady(100.0, 300), SHORT, Ours(ScalingRules(1, 64))).messages > 0


def test_the_fast_and_the_careful_loop_agree_where_nothing_can_be_passed() -> None:
    """One that never fails goes message by message; with an overwhelming threshold the order is the same."""
    setup = replace(SHORT, tier_times=ByShares(((1, 1e6),)))
    careful = replace(setup, redelivery_share=1e-12)
    fast, slow = (simulate(bursty(), world, Static(9)) for world in (setup, careful))
    assert slow.redelivered == 0
    assert figures(fast) == figures(slow)


def figures(result: Result) -> tuple[object, ...]:
    return result.everything, result.worker_seconds, result.starts


def test_workers_are_paid_from_their_fork_to_the_end_of_their_drain() -> None:
    setup = replace(SHORT, service=Lognormal(2.0, 0.0), start_seconds=3.0)
    plan = Planned("up and down", [1] * 10 + [2] * 10 + [1] * 100)
    idle = Trace("two", np.array([0.0] * 18 + [8.0] + [0.0] * 81), 1.0)
    result = simulate(idle, setup, plan)
    alone = result.seconds
    assert result.starts == 2
    assert alone + 10 < result.worker_seconds <= alone + 13  # ten seconds, and up to two more for what it runs


def test_a_worker_takes_no_message_before_it_has_started() -> None:
    setup = replace(SHORT, start_seconds=30.0, service=Lognormal(0.1, 0.0))
    result = simulate(steady(1.0, 20), setup, Static(4))
    assert result.everything.p50 is not None
    assert result.everything.p50 > 10


def test_a_second_of_sending_is_seen_only_when_its_messages_are_received() -> None:
    spy = Spy(2)
    result = simulate(steady(160.0, 120), replace(SHORT, tier_times=ByShares(((1, 60.0),))), spy)
    last = spy.sights[119]
    seen = sum(count for _, count in last.arrivals)
    assert seen < result.messages / 2  # a quarter of the workers that it needs
    assert last.newest_sent_utc is not None
    assert last.now_utc - last.newest_sent_utc > 30


def test_depth_is_old_noisy_and_sometimes_not_known() -> None:
    exact, stale = (replace(SHORT, depth=DepthGauge(1.0, seconds, 0.0)) for seconds in (0.0, 20.0))
    spies = [Spy(2), Spy(2), Spy(2)]
    for world, spy in zip((exact, stale, replace(SHORT, depth=None)), spies, strict=True):
        simulate(steady(160.0, 100), world, spy)
    now, before, never = (spy.sights[90] for spy in spies)
    assert now.depth is not None
    assert before.depth is not None
    assert now.depth.visible == now.visible
    assert before.depth.visible == spies[1].sights[70].visible
    assert before.depth.age_seconds == 20.0
    assert never.depth is None


def test_rescue_keeps_more_promises_than_breached_first_when_the_pool_can_hold_back() -> None:
    worlds = [replace(SHORT, overload=overload, window=20_000) for overload in Overload]
    first, rescue = (simulate(bursty(), world, Static(9)).everything.compliance for world in worlds)
    assert rescue > first + 0.05


def test_what_was_sent_under_a_tighter_tier_passes_what_has_time() -> None:
    """Across an edge from 60 s to 3 s with a standing queue: the window's urgent ones go first."""
    shares = ByShares(((0.5, 60.0), (0.5, 3.0)))
    drop = np.full(240, 60.0)
    drop[110] = 900.0
    trace = Trace("drop", drop, 1.0)
    results = (simulate(trace, replace(SHORT, tier_times=shares, window=window), Static(4)) for window in (5_000, 1))
    wide, narrow = ({tier.name: tier.compliance for tier in result.tiers} for result in results)
    assert wide["3 s"] > narrow["3 s"]


def test_what_is_sent_before_the_daemon_starts_waits_for_it() -> None:
    sent_early = Trace("early", np.array([8.0, 0.0, 0.0, 0.0, 0.0, 8.0]), 1.0)
    setup = replace(SHORT, begin_seconds=4.0, start_seconds=0.5, service=Lognormal(0.01, 0.0), slots=8)
    result = simulate(sent_early, setup, Static(1))
    assert result.everything.p50 is not None
    assert result.everything.p99 is not None
    assert 3.5 <= result.everything.p99 <= 4.6, "from the first second to the start, and half a second of starting"
    assert result.everything.p50 < 4.5
    assert result.ready_seconds <= result.seconds - 4


def test_time_outside_of_waiting_and_handling_counts_and_occupies_nobody() -> None:
    plain = simulate(steady(20, 60), SHORT, Static(4))
    outside = simulate(steady(20, 60), replace(SHORT, outside=(Lognormal(1.0, 0.0), Lognormal(3.0, 0.0))), Static(4))
    assert plain.everything.p50 is not None
    assert outside.everything.p50 is not None
    assert outside.everything.p50 == pytest.approx(plain.everything.p50 + 4.0, abs=0.001)
    assert outside.worker_seconds == plain.worker_seconds
    assert sum(outside.timeline.late) == outside.messages - outside.everything.met > 0
