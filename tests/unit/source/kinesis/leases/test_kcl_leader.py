"""Beside workers of KCL 3: where their leader decides, and where it does not."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from structlog.testing import capture_logs

from doubles.kinesis.lease_fleet import STREAM, Fleet, Worker, until, with_all_leases
from doubles.kinesis.other_workers import Kcl3Worker, beside_a_fleet
from doubles.virtual_loop import on_virtual_time
from punctuald.clock import ManualClock
from punctuald.policy.leases.checkpoint import Checkpoint

LED = replace(STREAM, balance="kcl_leader")
FAILOVER = STREAM.failover_seconds


async def joined_by_java(clock: ManualClock) -> tuple[Worker, Kcl3Worker]:
    """One who had all leases, and gave half of them to a worker of KCL 3."""
    fleet, worker = await with_all_leases(clock, shards=4)
    java = Kcl3Worker("kcl3", fleet)
    java.start()
    await until(clock, 10, lambda: len(java.held) == 2)
    return worker, java


@on_virtual_time
async def test_a_leader_learns_of_us_and_we_ask_for_nothing(clock: ManualClock) -> None:
    fleet, _ = await beside_a_fleet(clock, Kcl3Worker, 4, LED)
    worker = await fleet.join("b")
    await until(clock, 5, lambda: worker.id in fleet.table.rows)
    row = fleet.table.rows[worker.id]
    assert row == {
        "leaseKey": worker.id,
        "entityType": "WORKER_METRIC_STATS",
        "lut": row["lut"],
        "sts": {"M": {}},
        "opr": {"M": {}},
    }
    await asyncio.sleep(60)
    assert 0 <= clock.utc() - row["lut"] <= 31
    assert worker.held == frozenset()
    await worker.close()
    assert worker.id not in fleet.table.rows


@on_virtual_time
async def test_what_a_dead_leader_leaves_is_taken_all_the_same(clock: ManualClock) -> None:
    fleet, other = await beside_a_fleet(clock, Kcl3Worker, 4, LED)
    worker = await fleet.join("b")
    await asyncio.sleep(5)
    other.kill()
    await until(clock, FAILOVER + 2, lambda: len(worker.held) == 4)


@on_virtual_time
async def test_no_row_that_is_no_lease_is_written_where_kcl_2_may_read_it(clock: ManualClock) -> None:
    """KCL 2.x fails at a row without a leaseCounter."""
    fleet = Fleet(clock, shards=2, stream=LED)
    worker = await fleet.join("a")
    await asyncio.sleep(70)
    assert len(worker.held) == 2
    assert all("leaseCounter" in row for row in fleet.table.rows.values())


@on_virtual_time
async def test_a_leader_learns_how_much_of_each_shard_is_read(clock: ManualClock) -> None:
    fleet, worker = await with_all_leases(clock, stream=LED)
    (row,) = [row for row in fleet.table.rows.values() if "leaseCounter" in row]
    for number in range(1, 40):
        worker.reader.done[row["leaseKey"]] = Checkpoint(str(number * 100))  # a KiB each
        await asyncio.sleep(1)
    assert 50 < row["throughputKBps"] < 150
    await worker.close()


@on_virtual_time
async def test_where_no_leader_is_asked_nothing_is_said_of_it(clock: ManualClock) -> None:
    fleet = Fleet(clock, shards=1)
    worker = await fleet.join("a")
    await asyncio.sleep(10)
    assert all("throughputKBps" not in row for row in fleet.table.rows.values())
    await worker.close()


@on_virtual_time
async def test_a_worker_of_kcl_3_that_joins_ours_is_given_its_share(clock: ManualClock) -> None:
    worker, java = await joined_by_java(clock)
    await asyncio.sleep(60)
    assert (len(java.held), len(worker.held)) == (2, 2)
    await worker.close()


@on_virtual_time
async def test_who_was_killed_while_it_is_still_announced_is_not_given_one_after_the_other(clock: ManualClock) -> None:
    worker, java = await joined_by_java(clock)
    java.die_announced()
    await until(clock, FAILOVER + 2, lambda: len(worker.held) == 4)
    with capture_logs() as logs:
        await asyncio.sleep(50)
    assert [entry for entry in logs if entry["event"] == "kinesis.lease_given"] == []
    await worker.close()
