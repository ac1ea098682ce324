"""One worker of those who share a stream: its leases, from the first receive to the end, and how far it is behind."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any

from punctuald.errors import SourceError
from punctuald.model import StreamLag
from punctuald.ports import LAG_SECONDS, SayLag
from punctuald.source.background import in_the_background

from .leases.leases import Leases
from .shard_readings import ShardReadings

SAY_LAG_SECONDS = LAG_SECONDS / 5


class Membership:
    """Nothing is taken before the first receive, which says whether that could be done."""

    def __init__(self, leases: Leases, readings: ShardReadings, say_lag: SayLag) -> None:
        self._leases = leases
        self._readings = readings
        self._say_lag = say_lag
        self._turn = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()
        self._has_joined = False
        readings.on_settled(self._settled)

    async def join(self) -> None:
        """Begin to take shards, if that is not done yet. Raises `SourceError`."""
        if self._has_joined:
            return
        async with self._turn:
            if not self._has_joined:
                await self._leases.open()
                self._leases.start()
                self._has_joined = True
                self._run(self._say_lag_for_ever())

    def drop_expired(self) -> None:
        """Give up the shards whose leases have run out: whoever wakes up after a standstill of this process, or of
        the machine, must not hand out or settle what another has by now."""
        for shard in tuple(self._readings.buffer.readings):
            self._leases.holds(shard)

    @property
    def trouble(self) -> SourceError | None:
        """Why no shard is taken or kept; None where the lease table answers."""
        return self._leases.trouble

    def retire(self) -> None:
        """Take no more, and leave each shard to others as soon as nothing of it runs here any more."""
        if self._has_joined:
            self._run(self._leave_all())

    async def leave(self) -> None:
        """What is done is written, and others have the shards at once."""
        for task in self._tasks:
            task.cancel()
        await self._leases.close()

    def _settled(self, shard: str, children: Sequence[str]) -> None:
        """Its children may be read, by whomever."""
        self._run(self._end(shard, children))

    def _run(self, coroutine: Coroutine[Any, Any, None]) -> None:
        task = in_the_background(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _end(self, shard: str, children: Sequence[str]) -> None:
        await self._leases.ended(shard, children)
        self._readings.end(shard)

    async def _leave_all(self) -> None:
        """All of them begin at once: what has not started should not."""
        shards = self._leases.held
        await asyncio.gather(self._leases.stop(), *map(self._leave, shards))

    async def _leave(self, shard: str) -> None:
        await self._readings.finish(shard)
        await self._leases.free(shard)
        self._readings.end(shard)

    async def _say_lag_for_ever(self) -> None:
        """Only what is known: not before each shard was read once."""
        while True:
            behind_seconds = self._readings.behind_seconds
            if behind_seconds is not None:
                counts = self._leases.counts
                self._say_lag(StreamLag(self._readings.records_behind, behind_seconds, counts.held, counts.readable))
            await asyncio.sleep(SAY_LAG_SECONDS)
