"""A lease row for each shard that is to be read, made in time, and none for what is long done."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from punctuald.clock import Clock
from punctuald.logs.limited import LimitedLog
from punctuald.policy.leases import changes, shard_tree
from punctuald.policy.leases.checkpoint import TRIM_HORIZON, Checkpoint
from punctuald.policy.leases.lease import Lease
from punctuald.policy.leases.shard import Shard
from punctuald.policy.leases.shard_tree import MissingRow
from punctuald.source.kinesis.shards import ShardList
from punctuald.source.kinesis.stream import KinesisStream

from .lease_table import LeaseTable

MOST_NAMED = 20


class ShardRows:
    """Knows the last list of the stream's shards. Raises what listing and writing raise."""

    def __init__(
        self,
        stream: KinesisStream,
        table: LeaseTable,
        shards: ShardList,
        clock: Clock,
        now_utc: Callable[[], float],
        limited: LimitedLog,
    ) -> None:
        self._stream = stream
        self._table = table
        self._shards = shards
        self._clock = clock
        self._now_utc = now_utc
        self._limited = limited
        self._missed_mono: float | None = None  # since when the table is not there
        self._last: Sequence[Shard] = ()
        self._gone_before: frozenset[str] = frozenset()
        self.listed: frozenset[str] = frozenset()

    async def make_table(self) -> bool:
        """Somebody has deleted it, to begin anew. Whether it is there: not before all leases that were in it have run
        out, for in a table made now shards would be given to others while they are still read."""
        now_mono = self._clock.mono()
        if self._missed_mono is None:
            self._missed_mono = now_mono
        if now_mono - self._missed_mono < self._stream.failover_seconds:
            return False
        if await self._table.create_table():
            self._limited.warning("kinesis.lease_table_made", queue=self._stream.name, table=self._stream.application)
        return True

    async def list(self) -> Sequence[Shard]:
        """The stream's shards, asked for now, when the table has been read."""
        self._missed_mono = None
        self._last = await self._shards.list_shards()
        self.listed = frozenset(shard.shard_id for shard in self._last)
        return self._last

    async def make_missing(self, leases: Sequence[Lease], identity: str) -> bool:
        """Make what is missing, by the last list; whether there was anything. ``leases`` were read before it."""
        start = self._stream.start
        began_utc = min((lease.since_utc for lease in leases if lease.since_utc is not None), default=self._now_utc())
        have_rows = self.listed <= {lease.shard for lease in leases}
        open_then = () if have_rows or isinstance(start, str) else await self._shards.open_at(start)
        missing = [*shard_tree.missing_rows(leases, self._last, start, began_utc, open_then)]
        await self._make(missing, identity)
        return bool(missing)

    async def make_children(self, shard: str, named: Sequence[str], identity: str) -> frozenset[str] | None:
        """Make the rows of all children of one that has come to its end, ``named`` ones and those in the list.

        None: it has not come to its end, for the list shows it open, or children that it must have are not there yet.
        """
        shards = await self.list()
        itself = next((each for each in shards if each.shard_id == shard), None)
        children = shard_tree.children_of(shard, shards) | (frozenset(named) & self.listed)
        if (itself is not None and (itself.is_open or not children)) or not self.listed >= frozenset(named):
            return None
        rows = [MissingRow(each, Checkpoint(TRIM_HORIZON)) for each in shards if each.shard_id in children]
        await self._make(rows, identity)
        return children

    def is_open(self, shard: str) -> bool:
        """Whether the last list shows it so."""
        return any(each.shard_id == shard and each.is_open for each in self._last)

    async def delete_done(self, leases: Sequence[Lease]) -> None:
        """Delete rows that nobody asks for any more."""
        if self.listed:
            for lease in shard_tree.rows_to_delete(leases, self.listed):
                await self._table.delete(lease.shard, changes.deletable(lease))

    def gone(self, leases: Sequence[Lease]) -> frozenset[str]:
        """Shards that are not done and that two lists in a row have not shown any more."""
        gone = (
            frozenset(lease.shard for lease in shard_tree.gone_shards(leases, self.listed))
            if self.listed
            else frozenset()
        )
        before, self._gone_before = self._gone_before, gone
        return gone & before

    async def _make(self, missing: Sequence[MissingRow], identity: str) -> None:
        rows = [changes.new_row(each.shard, each.checkpoint, each.since_utc, identity) for each in missing]
        made = await asyncio.gather(*(self._table.create(row) for row in rows))
        names = sorted(each.shard.shard_id for each, is_new in zip(missing, made, strict=True) if is_new)
        if names:
            self._limited.info(
                "kinesis.lease_rows_made", queue=self._stream.name, shards=names[:MOST_NAMED], count=len(names)
            )
