"""A worker's stop, in the order that loses nothing and burns no receive."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from punctuald.clock import Clock
from punctuald.delivery.drain import Drain
from punctuald.delivery.handler_pool import HandlerPool
from punctuald.delivery.in_flight import Fate
from punctuald.delivery.run.runner import Running
from punctuald.logs import logger
from punctuald.policy.log_lines.lists import listed
from punctuald.policy.pool.standstill import LostSeconds, nothing_lost
from punctuald.process.channel.frames import Stuck

from .leaving import Leaving
from .stuck import StuckHandlers
from .supervisor_line import SupervisorLine

LAST_POLL_GRACE_SECONDS = 5.0  # how much longer than its wait a last long poll may take
FLUSH_SECONDS = 5.0
ENDING_SECONDS = 0.2  # where there is no time, what just ended still needs a moment
CLEAN_UP_SECONDS = 0.5
CLOSE_SECONDS = 3.0  # a broker that does not answer learns from our silence that we are gone
SUSPECTED_SECONDS = 1.0  # how long the supervisor may take to note what we are stuck in
LOOK_SECONDS = 0.05
log = logger()


@dataclass(frozen=True, slots=True)
class StopLimits:
    """How long a stop may take."""

    drain_timeout_seconds: float
    longest_wait_seconds: float


class Stop:
    """Runs once. Where there is no time (`Leaving.is_fast`), what runs is given back at once."""

    def __init__(
        self,
        *,
        drain: Drain,
        pools: Sequence[HandlerPool],
        stuck: StuckHandlers,
        deaths_of: Callable[[str], int],
        line: SupervisorLine,
        clock: Clock,
        limits: StopLimits,
        leaving: Leaving,
        lost_seconds: LostSeconds = nothing_lost,
    ) -> None:
        self._drain = drain
        self._pools = pools
        self._stuck = stuck
        self._deaths_of = deaths_of
        self._line = line
        self._clock = clock
        self._limits = limits
        self._leaving = leaving
        self._lost_seconds = lost_seconds

    async def run(self) -> bool:
        """False where a handler was stuck and is left behind."""
        begun_mono = self._clock.mono()
        until_mono = begun_mono if self._leaving.is_fast else begun_mono + self._limits.drain_timeout_seconds
        self._drain.begin(until_mono)
        await self._emptied(begun_mono, until_mono)
        stuck = self._stuck.now()
        if stuck:
            await self._report_stuck(stuck)
        self._drain.release_all()
        received = await self._last_polls(begun_mono)
        await self._drain.flushed(max(FLUSH_SECONDS, until_mono - self._clock.mono()))
        for pool in self._pools:
            pool.runner.clear_running(stuck)
        await self._cancelled()
        self._drain.end()
        await self._drain.closed(ENDING_SECONDS if self._leaving.is_fast else CLOSE_SECONDS)
        self._log_fates(begun_mono, abandoned_polls=not received)
        return not stuck

    async def _emptied(self, begun_mono: float, until_mono: float) -> None:
        """Wait for what is in flight; as much longer as the process stood still meanwhile."""
        longer_until_mono = until_mono
        while not await self._drain.emptied(longer_until_mono, self._is_over) and not self._is_over():
            now_mono = self._clock.mono()
            longer_until_mono = until_mono + self._lost_seconds(begun_mono, now_mono)
            if longer_until_mono <= now_mono:
                return

    def _is_over(self) -> bool:
        if self._leaving.is_fast:
            return True
        return self._stuck.hold_up_everything() and not self._drain.awaits_a_start

    async def _last_polls(self, begun_mono: float) -> bool:
        now_mono = self._clock.mono()
        if self._leaving.is_fast:
            return await self._drain.received(now_mono + ENDING_SECONDS, lambda: False)
        polls_until_mono = begun_mono + self._limits.longest_wait_seconds + LAST_POLL_GRACE_SECONDS
        return await self._drain.received(
            max(polls_until_mono, now_mono + ENDING_SECONDS), lambda: self._leaving.is_fast
        )

    async def _cancelled(self) -> None:
        """Let coroutines that were cancelled clean up behind them; threads can't be, and have as long."""
        until_mono = self._clock.mono() + CLEAN_UP_SECONDS
        while self._clock.mono() < until_mono:
            if not self._stuck.running():
                return
            await asyncio.sleep(LOOK_SECONDS)

    async def _report_stuck(self, stuck: Sequence[Running]) -> None:
        """Have the supervisor suspect what is stuck before it is given back: whoever gets it next looks it up."""
        ids = [message_id for running in stuck for message_id in running.message_ids]
        deaths = {message_id: self._deaths_of(message_id) for message_id in ids}
        self._line.send(Stuck(tuple(deaths)))
        until_mono = self._clock.mono() + SUSPECTED_SECONDS
        while any(self._deaths_of(message_id) == before for message_id, before in deaths.items()):
            if self._clock.mono() >= until_mono:
                return  # a supervisor that is gone, or busier than ever, notes no suspect now
            await asyncio.sleep(LOOK_SECONDS)

    def _log_fates(self, begun_mono: float, *, abandoned_polls: bool) -> None:
        fates = {
            message_id: fate.value
            for message_id, fate in self._drain.fates().items()
            if fate not in {Fate.ACKNOWLEDGED, Fate.DEAD_LETTERED}
        }
        log.info(
            "worker.drained",
            seconds=round(self._clock.mono() - begun_mono, 3),
            abandoned_polls=abandoned_polls,
            **listed(fates=fates),
            **self._drain.summary(),
        )
