"""How a worker that stops leaves its shards to others: each as soon as nothing of it runs here."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from random import Random

from doubles.kinesis.lease_fleet import Shards, until
from doubles.kinesis.memory_lease_table import MemoryLeaseTable, TableView
from doubles.kinesis.scripted_readers import ScriptedReaders
from doubles.limited_log import limited_log
from doubles.virtual_loop import on_virtual_time
from punctuald.clock import ManualClock
from punctuald.source.kinesis.leases.leases import Leases
from punctuald.source.kinesis.membership import Membership
from punctuald.source.kinesis.reading.shard_sink import ShardSink
from punctuald.source.kinesis.shard_readings import ShardReadings
from punctuald.source.kinesis.stream import KinesisStream

STREAM = KinesisStream("s", "s", "app", revoke_timeout_seconds=2.0)
FIRST, SECOND = "shardId-000000000000", "shardId-000000000001"


class Member:
    """``running`` are the shards of which a handler runs a record."""

    def __init__(self, clock: ManualClock, table: MemoryLeaseTable, shards: Shards, name: str) -> None:
        self.running: set[str] = set()
        self.readings = ShardReadings(STREAM, self._read_with, clock, limited_log(clock))
        self.readings.on_revoked = self._ended
        self.leases = Leases(
            STREAM,
            TableView(table),
            TableView(MemoryLeaseTable()),
            shards,
            self.readings,
            clock,
            limited_log(clock),
            draw=Random(name).random,  # noqa: S311
            worker_id=f"punctuald-{name}",
        )
        self.membership = Membership(self.leases, self.readings, lambda _: None)

    def _read_with(self, sink: ShardSink) -> ScriptedReaders:
        self.readers = ScriptedReaders(sink)
        return self.readers

    async def _ended(self, shards: Collection[str]) -> None:
        while self.running & set(shards):
            await asyncio.sleep(0.05)

    @property
    def read(self) -> set[str]:
        return set(self.readers.running)


async def _one_with_all(clock: ManualClock) -> tuple[Member, Member, MemoryLeaseTable]:
    """The first has both shards, and the second only waits for them."""
    table, shards = MemoryLeaseTable(), Shards(2)
    first, second = (Member(clock, table, shards, name) for name in ("a", "b"))
    await first.membership.join()
    await until(clock, 5, lambda: first.read == {FIRST, SECOND})
    return first, second, table


@on_virtual_time
async def test_a_shard_of_which_nothing_runs_does_not_wait_for_the_longest_handler(clock: ManualClock) -> None:
    first, second, table = await _one_with_all(clock)
    first.readers.bring(FIRST, 10)
    [record] = first.readings.buffer.take(10)
    first.running = {FIRST}
    first.membership.retire()
    await second.membership.join()
    await until(clock, 3, lambda: SECOND in second.read)
    await asyncio.sleep(30)
    assert second.read == {SECOND}
    assert first.readings.buffer.done([record]) == []
    first.running.clear()
    await until(clock, 3, lambda: second.read == {FIRST, SECOND})
    assert table.rows[FIRST]["checkpoint"] == "10"


@on_virtual_time
async def test_who_stops_takes_no_shard_that_another_left(clock: ManualClock) -> None:
    first, _, table = await _one_with_all(clock)
    first.running = {FIRST}
    first.membership.retire()
    await until(clock, 1, lambda: "leaseOwner" not in table.rows[SECOND])
    await asyncio.sleep(60)
    assert "leaseOwner" not in table.rows[SECOND]
    assert first.leases.held == {FIRST}


@on_virtual_time
async def test_a_stop_that_is_cut_short_leaves_all_shards_all_the_same(clock: ManualClock) -> None:
    first, second, table = await _one_with_all(clock)
    first.running = {FIRST, SECOND}
    first.membership.retire()
    await asyncio.sleep(1)
    await first.membership.leave()
    assert all("leaseOwner" not in row for row in table.rows.values())
    await second.membership.join()
    await until(clock, 3, lambda: second.read == {FIRST, SECOND})
