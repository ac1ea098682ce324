"""Workers that share a stream's shards by one lease table."""

from __future__ import annotations

import asyncio

import pytest

from doubles.kinesis.lease_fleet import STREAM, Fleet, until, with_all_leases
from doubles.virtual_loop import on_virtual_time
from punctuald.clock import ManualClock
from punctuald.errors import SourceMissing

FAILOVER = STREAM.failover_seconds


@on_virtual_time
async def test_a_lone_worker_takes_every_shard_at_once(clock: ManualClock) -> None:
    fleet = Fleet(clock)
    worker = await fleet.join("a")
    assert await until(clock, 1, lambda: len(worker.held) == 4) < 0.2
    assert worker.leases.counts.readable == 4


@on_virtual_time
async def test_a_killed_workers_shards_are_taken_within_the_failover_time_and_two_seconds(clock: ManualClock) -> None:
    fleet, first = await with_all_leases(clock, shards=6)
    second = await fleet.join("b")
    await until(clock, 30, lambda: len(first.held) == len(second.held) == 3)
    await asyncio.sleep(7.3)
    await first.kill()
    assert await until(clock, FAILOVER + 2, lambda: len(second.held) == 6) > FAILOVER * 0.6


@on_virtual_time
async def test_workers_of_one_daemon_that_start_together_take_a_share_each_and_move_nothing(clock: ManualClock) -> None:
    fleet = Fleet(clock, shards=8)
    workers = [await fleet.join(name, members=4) for name in "abcd"]
    await until(clock, 2, lambda: all(len(worker.held) == 2 for worker in workers))
    await asyncio.sleep(60)
    assert {what for worker in workers for what, _ in worker.reader.told} == {"gained"}
    assert sum(len(worker.reader.told) for worker in workers) == 8


@on_virtual_time
async def test_a_second_worker_is_handed_its_share_one_at_a_time(clock: ManualClock) -> None:
    fleet, first = await with_all_leases(clock, shards=4)
    for shard in first.held:
        first.reader.settle(shard, 17)
    second = await fleet.join("b")
    await until(clock, 10, lambda: len(second.held) == 2)
    assert [what for what, _ in first.reader.told] == ["gained"] * 4 + ["give_up"] * 2
    assert {start.sequence_number for start, _ in second.reader.reads.values()} == {"17"}
    await asyncio.sleep(60)
    assert len(second.reader.told) == 2


@on_virtual_time
async def test_where_there_is_no_such_stream_no_lease_table_is_made(clock: ManualClock) -> None:
    fleet = Fleet(clock)
    fleet.shards.identity = None
    with pytest.raises(SourceMissing, match="no such stream"):
        await fleet.join("a")
    assert not fleet.table.is_there
