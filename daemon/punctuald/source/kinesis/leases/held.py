"""The leases that this worker has."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

from punctuald.clock import Clock
from punctuald.logs.limited import LimitedLog
from punctuald.policy.leases.lease import Lease, reading_start
from punctuald.source.background import in_the_background
from punctuald.source.kinesis.stream import KCL_LEADER, KinesisStream

from .fleet_terms import tenure_times
from .lease_table import LeaseTable
from .shard_holder import ShardHolder
from .tenure import ENDED, FREED, HANDED_OVER, Tenure, Tools


class Held:
    """Tenures by shard, from their beginning until somebody else may have the shard. ``changed`` is called when one has
    come to its end."""

    def __init__(
        self,
        stream: KinesisStream,
        me: str,
        table: LeaseTable,
        holder: ShardHolder,
        clock: Clock,
        limited: LimitedLog,
        draw: Callable[[], float],
        changed: Callable[[], None],
    ) -> None:
        self._stream = stream
        self._holder = holder
        self._limited = limited
        self._changed = changed
        self._tools = Tools(
            me, table, holder, tenure_times(stream), clock, draw, self._over, stream.balance == KCL_LEADER
        )
        self._tenures: dict[str, Tenure] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}

    @property
    def shards(self) -> frozenset[str]:
        """All of them, those on their way to somebody else too. What has become too old is given up first: this
        process may have been frozen."""
        for tenure in tuple(self._tenures.values()):
            tenure.drop_if_too_old()
        return frozenset(self._tenures)

    def has(self, shard: str) -> bool:
        """Whether its lease is surely ours, as the clock is now."""
        tenure = self._tenures.get(shard)
        if tenure is not None:
            tenure.drop_if_too_old()
        return shard in self._tenures

    def begin(self, lease: Lease, taken_mono: float) -> None:
        """The row is ours by a write that was sent at ``taken_mono``."""
        tenure = Tenure(lease, taken_mono, self._tools)
        if not tenure.is_ours:  # the answer took too long: in its row it is ours all the same, to be taken anew
            return
        self._tenures[lease.shard] = tenure
        self._tasks[lease.shard] = in_the_background(tenure.run())
        self._holder.gained(lease.shard, *reading_start(lease, self._stream.start))

    def look(self, leases: Iterable[Lease]) -> None:
        """The rows as they were just seen."""
        for lease in leases:
            if (tenure := self._tenures.get(lease.shard)) is not None:
                tenure.look_soon(lease)

    async def end(self, shard: str, children: Iterable[str]) -> None:
        """See `Tenure.end`; nothing, where it is not ours any more."""
        if (tenure := self._tenures.get(shard)) is not None:
            await tenure.end(children)

    async def end_unread(self, shard: str, children: Iterable[str]) -> None:
        """The same for one that can't be read to its end."""
        self._holder.lost(shard)
        await self.end(shard, children)

    def drop_all(self) -> None:
        """Read none of them any more, and write nothing."""
        for shard in tuple(self._tenures):
            self._stop(shard)
            self._holder.lost(shard)

    def lose(self, shard: str) -> None:
        """Let one be begun anew, as it stands in its row."""
        if shard in self._tenures:
            self._stop(shard)
            self._holder.lost(shard)

    async def free(self, shard: str) -> None:
        """See `Tenure.free`; nothing, where it is not ours any more."""
        if (tenure := self._tenures.get(shard)) is not None:
            await tenure.free()

    async def free_all(self) -> None:
        """Leave them to others, done as far as they are."""
        await asyncio.gather(*(tenure.free() for tenure in self._tenures.values()))

    def _stop(self, shard: str) -> None:
        self._tenures.pop(shard).forget()
        if (task := self._tasks.pop(shard, None)) is not None:
            task.cancel()

    def _over(self, shard: str, how: str, owner: str) -> None:
        self._tenures.pop(shard, None)
        self._tasks.pop(shard, None)
        queue = self._stream.name
        if how == ENDED:
            self._limited.info("kinesis.shard_ended", queue=queue, shard=shard)
        elif how == HANDED_OVER:
            self._limited.info("kinesis.lease_handed_over", queue=queue, shard=shard, owner=owner)
        elif how != FREED:
            self._limited.warning("kinesis.lease_lost", queue=queue, shard=shard, owner=owner, reason=how)
        self._changed()
