"""A stream that was deleted and made anew is not taken for the old one in silence."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from captured_logs import capture_logs
from doubles.kinesis.lease_fleet import IDENTITY, Fleet, until, with_all_leases
from doubles.virtual_loop import on_virtual_time
from punctuald.clock import ManualClock
from punctuald.errors import SourceMisconfigured
from punctuald.policy.leases.checkpoint import SHARD_END

FIRST = "shardId-000000000000"
MADE_ANEW = replace(IDENTITY, created_utc=IDENTITY.created_utc + 1)


@on_virtual_time
async def test_rows_of_a_stream_that_is_no_more_are_not_obeyed(clock: ManualClock) -> None:
    fleet, worker = await with_all_leases(clock)
    await worker.close()
    fleet.shards.identity = MADE_ANEW
    with pytest.raises(SourceMisconfigured, match="delete that table, or name another application"):
        await fleet.join("b")


@on_virtual_time
async def test_an_open_shard_that_is_said_to_have_ended_is_not_passed_over(clock: ManualClock) -> None:
    fleet = Fleet(clock, shards=1)
    fleet.table.put({"leaseKey": FIRST, "leaseCounter": 3, "checkpoint": SHARD_END})
    with pytest.raises(SourceMisconfigured, match=f"{FIRST} is said to be done for good, and is open"):
        await fleet.join("a")


@on_virtual_time
async def test_a_checkpoint_that_the_shard_can_not_have_is_not_read_from(clock: ManualClock) -> None:
    fleet = Fleet(clock, shards=1)
    fleet.shards.shards[FIRST] = replace(fleet.shards.shards[FIRST], starting_sequence_number="1000")
    fleet.table.put({"leaseKey": FIRST, "leaseCounter": 3, "checkpoint": "999"})
    with pytest.raises(SourceMisconfigured, match=f"{FIRST} is said to be done up to 999, and has 1000 to now"):
        await fleet.join("a")


@on_virtual_time
async def test_a_stream_that_is_made_anew_under_a_running_worker_is_not_read(clock: ManualClock) -> None:
    fleet, worker = await with_all_leases(clock)
    fleet.shards.identity = MADE_ANEW
    with capture_logs() as logs:
        await until(clock, 90, lambda: worker.leases.trouble is not None)
        assert worker.held == frozenset()
        assert worker.reader.told[-1] == ("lost", FIRST)
        await asyncio.sleep(60)
    assert [entry["event"] for entry in logs].count("kinesis.lease_table_mistaken") == 1
    assert worker.held == frozenset()
    fleet.table.delete_table()
    await until(clock, 15, lambda: worker.held == {FIRST})
    assert worker.leases.trouble is None


@on_virtual_time
async def test_a_table_that_was_deleted_is_made_anew_when_no_shard_of_it_is_read(clock: ManualClock) -> None:
    fleet = Fleet(clock, shards=2)
    workers = [await fleet.join("a", members=2), await fleet.join("b", members=2)]
    await until(clock, 5, lambda: all(worker.held for worker in workers))
    with capture_logs() as logs:
        fleet.table.delete_table()
        await until(clock, 15, lambda: not any(worker.held for worker in workers))
        assert not fleet.table.is_there
        await until(clock, 30, lambda: all(worker.held for worker in workers))
    assert all(worker.leases.trouble is None for worker in workers)
    assert [entry["event"] for entry in logs].count("kinesis.lease_table_made") == 1


@on_virtual_time
async def test_deleting_a_table_that_is_not_about_the_stream_mends_it(clock: ManualClock) -> None:
    fleet, worker = await with_all_leases(clock)
    fleet.shards.identity = MADE_ANEW
    await until(clock, 90, lambda: worker.leases.trouble is not None)
    fleet.table.delete_table()
    await until(clock, 20, lambda: worker.held == {FIRST})
    assert worker.leases.trouble is None


@on_virtual_time
async def test_a_last_number_before_the_first_accuses_nobody(clock: ManualClock) -> None:
    """kinesis-local closes every shard with 2**63 - 1: a restart while one is read to its end was refused."""
    fleet = Fleet(clock, shards=1)
    fleet.shards.shards[FIRST] = replace(
        fleet.shards.shards[FIRST], starting_sequence_number="4968" + "0" * 52, ending_sequence_number=str(2**63 - 1)
    )
    fleet.table.put({"leaseKey": FIRST, "leaseCounter": 3, "checkpoint": "4968" + "1" * 52})
    worker = await fleet.join("a")
    await until(clock, 1, lambda: worker.held == {FIRST})
