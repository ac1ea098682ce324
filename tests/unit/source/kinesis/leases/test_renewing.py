"""A lease is renewed in time, an error may have been a success, and what is too old is given up before it is used."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from doubles.kinesis.lease_fleet import STREAM, Fleet, until, with_all_leases
from doubles.virtual_loop import on_virtual_time
from punctuald.clock import ManualClock

SHARD = "shardId-000000000000"
FAILOVER = STREAM.failover_seconds


@on_virtual_time
async def test_a_lease_is_renewed_three_times_in_a_failover_time_and_its_checkpoint_with_it(clock: ManualClock) -> None:
    fleet, worker = await with_all_leases(clock, stream=replace(STREAM, checkpoint_interval_seconds=60))
    before = fleet.table.rows[SHARD]["leaseCounter"]
    for number in range(60):
        worker.reader.settle(SHARD, number)
        await asyncio.sleep(0.5)
    row = fleet.table.rows[SHARD]
    assert 8 <= row["leaseCounter"] - before <= 10
    assert int(row["checkpoint"]) >= 59 - 7


@on_virtual_time
async def test_an_answer_that_was_cut_off_costs_no_lease(clock: ManualClock) -> None:
    """The repeat of a write that was done fails its own condition."""
    _, worker = await with_all_leases(clock)
    worker.view.drop_answers = 5
    await asyncio.sleep(2 * FAILOVER)
    assert worker.reader.told == [("gained", SHARD)]


@on_virtual_time
async def test_a_lease_whose_taking_was_not_answered_is_found_and_begun(clock: ManualClock) -> None:
    fleet = Fleet(clock, shards=1)
    worker = await fleet.join("a")
    worker.view.drop_answers = 1
    await until(clock, 2, lambda: worker.held == {SHARD})
    assert worker.reader.told == [("gained", SHARD)]


@on_virtual_time
async def test_handlers_go_on_through_an_outage_that_is_shorter_than_the_lease(clock: ManualClock) -> None:
    _, worker = await with_all_leases(clock)
    worker.view.throttles = True
    await asyncio.sleep(FAILOVER * 0.5)
    assert worker.leases.holds(SHARD)
    worker.view.heal()
    await asyncio.sleep(FAILOVER * 2)
    assert worker.reader.told == [("gained", SHARD)]


@on_virtual_time
async def test_a_lease_that_can_not_be_renewed_is_lost_before_another_may_have_it(clock: ManualClock) -> None:
    fleet, worker = await with_all_leases(clock)
    other = await fleet.join("b")
    worker.view.is_away = True
    began_mono = clock.mono()
    await until(clock, FAILOVER, lambda: ("lost", SHARD) in worker.reader.told)
    lost_mono = clock.mono()
    await until(clock, FAILOVER, lambda: other.held == {SHARD})
    assert lost_mono + FAILOVER * 0.1 <= clock.mono() + 0.1
    assert clock.mono() - began_mono <= FAILOVER + 2


@on_virtual_time
async def test_a_call_that_never_comes_back_holds_no_lease(clock: ManualClock) -> None:
    _, worker = await with_all_leases(clock)
    worker.view.hangs = True
    await until(clock, FAILOVER, lambda: ("lost", SHARD) in worker.reader.told)


@on_virtual_time
async def test_a_frozen_process_finds_out_before_it_does_anything(clock: ManualClock) -> None:
    """As after SIGSTOP: nothing has run meanwhile, and the first to ask is told."""
    fleet, worker = await with_all_leases(clock)
    clock.advance(FAILOVER * 3)
    fleet.table.rows[SHARD].update(leaseOwner="other", leaseCounter=1_000)
    assert worker.leases.holds(SHARD) is False
    assert worker.reader.told[-1] == ("lost", SHARD)
    await asyncio.sleep(FAILOVER / 2)
    assert fleet.table.rows[SHARD]["leaseCounter"] == 1_000, "nothing is written to what is another's"


@on_virtual_time
async def test_a_lease_that_was_too_old_and_that_nobody_took_is_taken_anew(clock: ManualClock) -> None:
    _, worker = await with_all_leases(clock)
    worker.reader.settle(SHARD, 5)
    await asyncio.sleep(FAILOVER / 2)
    clock.advance(FAILOVER * 3)
    await until(clock, 2, lambda: worker.reader.told == [("gained", SHARD), ("lost", SHARD), ("gained", SHARD)])
    assert worker.reader.reads[SHARD][0].sequence_number == "5"


@on_virtual_time
async def test_a_deleted_row_is_a_lost_lease(clock: ManualClock) -> None:
    fleet, worker = await with_all_leases(clock)
    del fleet.table.rows[SHARD]
    await until(clock, FAILOVER / 2, lambda: ("lost", SHARD) in worker.reader.told)
    assert fleet.table.rows == {}


@on_virtual_time
async def test_an_end_with_the_table_away_takes_no_longer_than_the_lease(clock: ManualClock) -> None:
    _, worker = await with_all_leases(clock)
    worker.view.is_away = True
    began_mono = clock.mono()
    await worker.close()
    assert clock.mono() - began_mono < 1.5 * FAILOVER
