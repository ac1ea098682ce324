"""What our own law costs in a simulated world where some deliveries fail."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from doubles.scaling.simulation import simulate
from punctuald.policy.scaling.decide import ScalingRules, ScalingState
from punctuald.simulate.engine.result import Result
from punctuald.simulate.engine.setup import Setup
from punctuald.simulate.scalers.ours import Ours
from punctuald.simulate.scalers.scaler import Sight
from punctuald.simulate.trace.tier_plan import ByShares
from punctuald.simulate.trace.trace import Trace

BUSY = Setup(tier_times=ByShares(((1, 3.0),)), max_workers=16, redelivery_seconds=0.5)


class StartedAgain(Ours):
    """An autoscaler that forgets everything each minute, as after a reload or a death."""

    def workers(self, sight: Sight) -> int:
        if sight.now_seconds % 60 == 0:
            self._state = ScalingState()
        return super().workers(sight)


def test_an_autoscaler_that_is_started_again_each_minute_keeps_the_promise_at_about_the_same_cost() -> None:
    kept, again = (simulate(load(), BUSY, scaler(ScalingRules(1, 16))) for scaler in (Ours, StartedAgain))

    assert _late(again) <= 1.1 * _late(kept)
    assert again.worker_seconds <= 1.1 * kept.worker_seconds


def load() -> Trace:
    """Twenty minutes of 160 messages a second, for two minutes of each ten half as many again."""
    second = np.arange(1200)
    return Trace("two bursts", np.where(second % 600 < 120, 240.0, 160.0), 1.0, rescaled=True)


def late(share: float, error_limit: float) -> int:
    setup = replace(BUSY, redelivery_share=share)
    return _late(simulate(load(), setup, Ours(ScalingRules(1, 16, error_limit=error_limit))))


def _late(result: Result) -> int:
    return result.everything.messages - result.everything.met


def test_an_error_share_slightly_over_the_limit_makes_hardly_more_messages_late_than_no_guard() -> None:
    """Of 211,000 messages the guard that cut to 0.7 of the busy workers each ten seconds made 210,861 late."""
    guarded, unguarded = late(0.071, error_limit=0.05), late(0.071, error_limit=1.0)

    assert guarded < 1.5 * unguarded


def test_where_fewer_fail_than_the_owner_bears_the_guard_costs_nothing() -> None:
    assert late(0.02, error_limit=0.05) == late(0.02, error_limit=1.0)
