"""The look at the lease table, again and again, and what follows from it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from math import inf

from punctuald.clock import Clock
from punctuald.errors import SourceError, SourceMissing
from punctuald.logs.limited import LimitedLog
from punctuald.policy.leases.shares import Claims, claims
from punctuald.source.background import in_the_background
from punctuald.source.kinesis.stream import KinesisStream

from .fleet_terms import look_seconds, terms
from .fleet_view import FleetView
from .held import Held
from .pause import Pause
from .shard_watch import ShardWatch
from .taking import Taking
from .workers.worker_metrics import WorkerMetrics

JITTER_SHARE = 0.2
FIRST_MISS_SECONDS, LONGEST_AGAIN_SHARE = 0.01, 0.2


class TableWatch:
    """Two kinds of turns: one looks at the table and decides, and one only decides, at the moment when a lease that was
    seen expires: if it has been renewed since, the condition of the write says so."""

    def __init__(
        self,
        stream: KinesisStream,
        view: FleetView,
        shards: ShardWatch,
        metrics: WorkerMetrics,
        held: Held,
        taking: Taking,
        clock: Clock,
        limited: LimitedLog,
        draw: Callable[[], float],
    ) -> None:
        self._stream = stream
        self._view = view
        self._shards = shards
        self._metrics = metrics
        self._held = held
        self._taking = taking
        self._clock = clock
        self._limited = limited
        self._draw = draw
        self._terms = terms(stream)
        self._pause = Pause()
        self._task: asyncio.Task[None] | None = None
        self._is_stopping = False
        self._look_mono = -inf
        self._failures = self._misses = 0
        self.trouble: SourceError | None = None

    def start(self) -> None:
        """Look from now on."""
        self._task = in_the_background(self._run())

    async def stop(self) -> None:
        """Take no more. What is being written is let come to its end: a lease that is taken without our knowing is
        nobody's until it expires."""
        if self._task is None or self._is_stopping:
            return
        self._is_stopping = True
        self._pause.end()
        seconds = self._stream.failover_seconds / 3
        await asyncio.wait([self._task], timeout=seconds)
        self._task.cancel()
        await asyncio.wait([self._task])
        with suppress(SourceError, TimeoutError):  # then they expire
            async with asyncio.timeout(seconds):
                await self._taking.withdraw(await self._view.look())

    def look_soon(self) -> None:
        """Something has changed that this worker knows of."""
        self._look_mono = -inf
        self._pause.end()

    async def _run(self) -> None:
        while not self._is_stopping:
            try:
                again_mono = await self._turn()
            except SourceError as error:
                again_mono = self._failed(error)
            await self._pause.wait(min(self._look_mono, again_mono) - self._clock.mono())

    async def _turn(self) -> float:
        """Look, if that is due, and decide; when to decide again."""
        if self._clock.mono() >= self._look_mono:
            await self._look()
        if self._shards.trouble is not None:
            return inf
        decided = self._decide()
        if await self._taking.carry_out(decided, self._shards.identity):
            self._misses = 0
        else:  # somebody has written since, and by that row it may be another's now
            self._misses += 1
            self._look_mono = self._clock.mono() + self._again_seconds(FIRST_MISS_SECONDS, self._misses)
        return decided.again_mono

    async def _look(self) -> None:
        seconds = look_seconds(self._stream) * (1 - JITTER_SHARE * self._draw())
        self._look_mono = self._clock.mono() + seconds
        leases = await self._view.look()
        self._failures, self.trouble = 0, None
        self._held.look(leases)
        self._shards.compare(leases)

    def _decide(self) -> Claims:
        fleet = self._view.fleet(self._held.shards, self._metrics.announced(self._view.rows))
        return claims(fleet, self._terms, self._clock.mono())

    def _failed(self, error: SourceError) -> float:
        """Leases that are held are renewed meanwhile, as far as that goes; none is taken."""
        self._failures += 1
        self.trouble = error
        self._limited.warning(
            "kinesis.lease_table_unavailable", queue=self._stream.name, error=str(error), failures=self._failures
        )
        if isinstance(error, SourceMissing):
            self._shards.look_soon()
        self._look_mono = self._clock.mono() + self._again_seconds(look_seconds(self._stream), self._failures)
        return inf

    def _again_seconds(self, first_seconds: float, times: int) -> float:
        longest_seconds = self._stream.failover_seconds * LONGEST_AGAIN_SHARE
        return min(longest_seconds, first_seconds * 2.0 ** min(times, 10)) * (0.5 + self._draw() / 2)
