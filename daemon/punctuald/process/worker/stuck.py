"""Handlers that have passed their time limit and can't be ended."""

from __future__ import annotations

from collections.abc import Sequence

from punctuald.clock import Clock
from punctuald.delivery.handler_pool import HandlerPool
from punctuald.delivery.run.runner import Running
from punctuald.policy.pool.standstill import LostSeconds, nothing_lost

GRACE_SECONDS = 1.0
"""Lets a coroutine's own cancellation come first."""


class StuckHandlers:
    """What of a worker's handlers is stuck just now."""

    def __init__(self, pools: Sequence[HandlerPool], clock: Clock, lost_seconds: LostSeconds = nothing_lost) -> None:
        self._pools = pools
        self._clock = clock
        self._lost_seconds = lost_seconds

    def look(self) -> None:
        """To be called each second, before `now` is asked."""
        for pool in self._pools:
            pool.runner.look()

    def running(self) -> list[Running]:
        """What all handlers are at."""
        return [running for pool in self._pools for running in pool.runner.running()]

    def now(self) -> list[Running]:
        """What is over its time limit, and could have ended before."""
        now_mono = self._clock.mono()
        return [running for running in self.running() if self._is_stuck(running, now_mono)]

    def loop_is_blocked(self) -> bool:
        """Whether an event loop has stood still for longer than a message on it may take, by no message's fault that
        is known: all of them wait. Else the one that blocks it is `now` stuck, or soon will be."""
        return any(self._wait_in_vain(pool.runner.running(), self._clock.mono()) for pool in self._pools)

    def hold_up_everything(self) -> bool:
        """Whether nothing else runs or can start: waiting any longer is of no use."""
        stuck = self.now()
        if not (stuck or self.loop_is_blocked()):
            return False
        if any(running not in stuck and not running.held_up for running in self.running()):
            return False
        return all(pool.runner.idle == 0 or not pool.dispatcher.waiting for pool in self._pools)

    def _is_stuck(self, running: Running, now_mono: float) -> bool:
        return self._is_over(running.since_mono, min(now_mono, running.free_until_mono), running)

    def _wait_in_vain(self, running: Sequence[Running], now_mono: float) -> bool:
        return all(each.held_up for each in running) and any(
            self._is_over(each.free_until_mono, now_mono, each) for each in running
        )

    def _is_over(self, since_mono: float, until_mono: float, running: Running) -> bool:
        """Time in which the whole process stood still is charged to nobody."""
        if running.time_limit_seconds <= 0:
            return False
        limit_seconds = running.time_limit_seconds + GRACE_SECONDS
        if until_mono - since_mono <= limit_seconds:
            return False
        return until_mono - since_mono - self._lost_seconds(since_mono, until_mono) > limit_seconds
