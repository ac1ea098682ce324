"""A queue with limits in the simulator: they hold, and no workers are ordered for what they hold back."""

from __future__ import annotations

from bisect import bisect_left

import numpy as np

from doubles.scaling.simulation import simulate
from punctuald.policy.limits.queue_limits import QueueLimits
from punctuald.policy.scaling.decide import ScalingRules
from punctuald.simulate.engine.limits.start_limits import StartLimits
from punctuald.simulate.engine.setup import Setup
from punctuald.simulate.scalers.ours import Ours
from punctuald.simulate.scalers.scaler import Static
from punctuald.simulate.trace.service_times import Lognormal
from punctuald.simulate.trace.stamps import SECOND
from punctuald.simulate.trace.trace import Trace

HALF_SECOND = Lognormal(0.5, 0.0)
LOAD = Trace("steady", np.full(120, 50.0), 1.0, rescaled=True)


def test_a_rate_lets_one_start_at_a_time() -> None:
    limits = StartLimits(QueueLimits(rate_per_second=20.0))
    starts, now = list[int](), 0
    for _ in range(200):
        now = limits.not_before(now)
        limits.started(now, now + 10 * SECOND)
        starts.append(now)
    assert max(bisect_left(starts, start + SECOND) - place for place, start in enumerate(starts)) == 20


def test_a_concurrency_lets_the_next_one_start_when_one_has_ended() -> None:
    limits = StartLimits(QueueLimits(concurrency=2))
    limits.started(0, 3 * SECOND)
    limits.started(0, 2 * SECOND)
    assert limits.not_before(SECOND) == 2 * SECOND
    limits.started(2 * SECOND, 9 * SECOND)
    assert limits.not_before(2 * SECOND) == 3 * SECOND


def test_with_a_rate_the_run_takes_as_long_as_that_takes() -> None:
    setup = Setup(service=HALF_SECOND, limits=QueueLimits(rate_per_second=20.0))
    result = simulate(LOAD, setup, Static(16))
    assert result.seconds >= result.messages / 20.0 - 1.0


def test_no_worker_is_ordered_for_what_a_limit_holds_back() -> None:
    """Ten slots are all that 20 a second of half a second can use; 50 a second would need six workers, and what waits
    all that there may be."""
    law = Ours(ScalingRules(min_workers=1, max_workers=32))
    setup = Setup(service=HALF_SECOND, max_workers=32, limits=QueueLimits(rate_per_second=20.0))
    simulate(LOAD, setup, law)
    ordered = [workers for _, workers, _ in law.changes]
    assert 3 <= max(ordered) <= 4
