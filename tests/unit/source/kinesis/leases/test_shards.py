"""Rows of shards: made in time, children after all of their parents, and none for what is long done."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from doubles.kinesis.lease_fleet import STREAM, Fleet, until, with_all_leases
from doubles.virtual_loop import on_virtual_time
from punctuald.clock import ManualClock
from punctuald.policy.leases.checkpoint import AT_TIMESTAMP, LATEST, SHARD_END, TRIM_HORIZON, Checkpoint

FIRST, SECOND = "shardId-000000000000", "shardId-000000000001"


@on_virtual_time
async def test_rows_are_there_before_anything_is_taken(clock: ManualClock) -> None:
    """An empty table costs a KCL worker up to 30 s."""
    fleet = Fleet(clock, shards=2)
    worker = await fleet.join("a")
    assert {key: row["checkpoint"] for key, row in fleet.table.rows.items()} == {
        FIRST: TRIM_HORIZON,
        SECOND: TRIM_HORIZON,
    }
    assert fleet.table.rows[SECOND]["startingHashKey"] == "100"
    await worker.close()


@on_virtual_time
async def test_children_are_read_when_the_parents_last_record_is_settled(clock: ManualClock) -> None:
    fleet, worker = await with_all_leases(clock)
    children = fleet.shards.split(FIRST)
    await asyncio.sleep(2)
    assert fleet.table.rows.keys() == {FIRST}
    await worker.come_to_the_end(FIRST, children)
    await until(clock, 1, lambda: worker.held == children)
    keys = [key for key, row in fleet.table.writes if key in children or row["checkpoint"] == SHARD_END]
    assert set(keys[:2]) == children, "their rows are there before the parent's end is written"
    assert keys[2] == FIRST
    assert fleet.table.rows[FIRST]["childShardIds"] == children
    assert {start for start, _ in worker.reader.reads.values()} == {Checkpoint(TRIM_HORIZON)}


@on_virtual_time
async def test_children_that_the_last_answer_does_not_name_are_found_in_the_list(clock: ManualClock) -> None:
    fleet, worker = await with_all_leases(clock)
    children = fleet.shards.split(FIRST)
    await worker.come_to_the_end(FIRST)
    await until(clock, 1, lambda: worker.held == children)


@on_virtual_time
async def test_a_merged_child_waits_for_both_parents(clock: ManualClock) -> None:
    fleet, worker = await with_all_leases(clock, shards=2)
    child = fleet.shards.add(2, FIRST, SECOND)
    await worker.come_to_the_end(FIRST, [child])
    await asyncio.sleep(90)
    assert worker.held == {SECOND}
    await worker.come_to_the_end(SECOND, [child])
    await until(clock, 1, lambda: worker.held == {child})


@on_virtual_time
async def test_an_end_of_a_shard_that_is_open_is_a_lost_lease(clock: ManualClock) -> None:
    fleet, worker = await with_all_leases(clock)
    await worker.leases.ended(FIRST, [])
    assert worker.reader.told[-1] == ("lost", FIRST)
    await until(clock, 2, lambda: worker.held == {FIRST})
    assert fleet.table.rows[FIRST]["checkpoint"] == TRIM_HORIZON


@on_virtual_time
async def test_children_of_a_parent_that_somebody_else_ended_get_rows(clock: ManualClock) -> None:
    fleet, worker = await with_all_leases(clock)
    await worker.close()
    children = fleet.shards.split(FIRST)
    fleet.table.rows[FIRST]["checkpoint"] = SHARD_END
    second = await fleet.join("b")
    await until(clock, 1, lambda: second.held == children)


@on_virtual_time
async def test_latest_is_one_moment_for_whoever_reads_first(clock: ManualClock) -> None:
    """A hand-over before the first checkpoint loses nothing."""
    fleet = Fleet(clock, shards=1, stream=replace(STREAM, start="latest"))
    began_utc = clock.utc()
    worker = await fleet.join("a")
    await until(clock, 1, lambda: worker.held == {FIRST})
    start = worker.reader.reads[FIRST]
    assert start[0] == Checkpoint(AT_TIMESTAMP)
    assert start[1] is not None
    assert began_utc <= start[1] < began_utc + 0.1
    assert fleet.table.rows[FIRST]["checkpoint"] == LATEST
    await asyncio.sleep(5)
    await worker.close()
    second = await fleet.join("b")
    await until(clock, 1, lambda: second.held == {FIRST})
    assert second.reader.reads[FIRST] == start


@on_virtual_time
async def test_latest_is_a_moment_by_kinesis_clock_which_refuses_one_that_is_still_to_come(clock: ManualClock) -> None:
    fleet = Fleet(clock, shards=2, stream=replace(STREAM, start="latest"))
    fleet.kinesis_ahead_seconds = -3600.0
    fleet.table.put({"leaseKey": SECOND, "leaseCounter": 0, "checkpoint": LATEST})  # as KCL makes it
    worker = await fleet.join("a")
    await until(clock, 1, lambda: worker.held == {FIRST, SECOND})
    begun = [since_utc for _, since_utc in worker.reader.reads.values()]
    assert all(since_utc and abs(since_utc - (clock.utc() - 3600)) < 1 for since_utc in begun)


@on_virtual_time
async def test_latest_in_a_row_of_kcl_becomes_a_moment_when_it_is_taken(clock: ManualClock) -> None:
    fleet = Fleet(clock, shards=1)
    fleet.table.put({"leaseKey": FIRST, "leaseCounter": 0, "checkpoint": LATEST})
    worker = await fleet.join("a")
    await until(clock, 1, lambda: worker.held == {FIRST})
    assert worker.reader.reads[FIRST] == (Checkpoint(AT_TIMESTAMP), fleet.table.rows[FIRST]["punctualdSinceUtc"])


@on_virtual_time
async def test_with_latest_only_open_shards_are_begun_and_their_parents_are_not_waited_for(clock: ManualClock) -> None:
    fleet = Fleet(clock, shards=1, stream=replace(STREAM, start="latest"))
    children = fleet.shards.split(FIRST)
    worker = await fleet.join("a")
    await until(clock, 1, lambda: worker.held == children)
    await asyncio.sleep(90)
    assert fleet.table.rows.keys() == children


@on_virtual_time
async def test_a_row_is_deleted_when_its_shard_is_gone_and_its_children_have_begun(clock: ManualClock) -> None:
    fleet, worker = await with_all_leases(clock)
    children = fleet.shards.split(FIRST)
    await worker.come_to_the_end(FIRST)
    await until(clock, 1, lambda: worker.held == children)
    del fleet.shards.shards[FIRST]
    await asyncio.sleep(70)
    assert FIRST in fleet.table.rows, "its children have not begun"
    for child in children:
        worker.reader.settle(child, 3)
    await until(clock, 70, lambda: FIRST not in fleet.table.rows)
    assert worker.held == children


@on_virtual_time
async def test_a_shard_that_is_gone_before_it_was_read_does_not_keep_its_children_waiting(clock: ManualClock) -> None:
    fleet, worker = await with_all_leases(clock)
    child = fleet.shards.add(1, FIRST)
    del fleet.shards.shards[FIRST]
    await until(clock, 130, lambda: worker.held == {child})
    assert ("lost", FIRST) in worker.reader.told
