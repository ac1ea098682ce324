"""Handlers that have passed their time limit and can't be ended."""

from __future__ import annotations

from collections.abc import Sequence

from punctuald.clock import Clock
from punctuald.delivery.handler_pool import HandlerPool
from punctuald.delivery.run.runner import Running

GRACE_SECONDS = 1.0
"""Lets a coroutine's own cancellation come first."""


class StuckHandlers:
    """What of a worker's handlers is stuck just now."""

    def __init__(self, pools: Sequence[HandlerPool], clock: Clock) -> None:
        self._pools = pools
        self._clock = clock

    def running(self) -> list[Running]:
        """What all handlers are at."""
        return [running for pool in self._pools for running in pool.runner.running()]

    def now(self) -> list[Running]:
        """What is over its time limit."""
        now_mono = self._clock.mono()
        return [running for running in self.running() if _is_stuck(running, now_mono)]

    def hold_up_everything(self) -> bool:
        """Whether nothing else runs or can start: waiting any longer is of no use."""
        stuck = self.now()
        if not stuck or len(stuck) < len(self.running()):
            return False
        return all(pool.runner.idle == 0 or not pool.dispatcher.waiting for pool in self._pools)


def _is_stuck(running: Running, now_mono: float) -> bool:
    limit_seconds = running.time_limit_seconds
    return limit_seconds > 0 and now_mono - running.since_mono > limit_seconds + GRACE_SECONDS
