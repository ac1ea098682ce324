"""Leases change hands in both directions, in the words of KCL 2.x and 3.x."""

from __future__ import annotations

import asyncio

from doubles.kinesis.lease_fleet import STREAM, until, with_all_leases
from doubles.kinesis.other_workers import Kcl2Worker, Kcl3Worker, beside_a_fleet
from doubles.virtual_loop import on_virtual_time
from punctuald.clock import ManualClock
from punctuald.policy.leases.checkpoint import Checkpoint
from punctuald.policy.leases.lease import lease_in

SHARD = "shardId-000000000000"
FAILOVER = STREAM.failover_seconds


@on_virtual_time
async def test_a_leader_of_kcl_3_that_gives_our_lease_away_gets_it_with_all_that_is_done(clock: ManualClock) -> None:
    fleet, worker = await with_all_leases(clock)
    worker.reader.settle(SHARD, 41)
    row = fleet.table.rows[SHARD]
    row.update(leaseOwner="kcl3", checkpointOwner=worker.id)
    worker.reader.settle(SHARD, 42)
    await until(clock, 2, lambda: "checkpointOwner" not in row)
    assert (row["leaseOwner"], row["checkpoint"], worker.held) == ("kcl3", "42", frozenset())
    assert worker.reader.told == [("gained", SHARD), ("give_up", SHARD)]


@on_virtual_time
async def test_a_lease_that_is_being_handed_over_is_renewed_and_does_not_expire(clock: ManualClock) -> None:
    fleet, worker = await with_all_leases(clock)
    worker.reader.give_up_seconds = 2 * FAILOVER
    row = fleet.table.rows[SHARD]
    row.update(leaseOwner="kcl3", checkpointOwner=worker.id)
    await asyncio.sleep(1.5 * FAILOVER)
    assert worker.leases.holds(SHARD)
    before = row["leaseCounter"]
    await asyncio.sleep(FAILOVER / 2)
    assert row["leaseCounter"] > before


@on_virtual_time
async def test_what_a_leader_gives_us_is_read_only_when_its_owner_has_left_it(clock: ManualClock) -> None:
    fleet, other = await beside_a_fleet(clock, Kcl3Worker, 1)
    second = await fleet.join("b")
    await asyncio.sleep(1)
    row = fleet.table.rows[SHARD]
    assert (row["leaseOwner"], second.held) == ("kcl3", frozenset())
    other.hands_over = False
    row.update(leaseOwner=second.id, checkpointOwner="kcl3", checkpoint="7")
    await asyncio.sleep(5)
    assert second.held == frozenset(), "its owner still reads it"
    other.hands_over = True
    await until(clock, 2, lambda: second.held == {SHARD})
    assert second.reader.reads[SHARD][0] == Checkpoint("7")


@on_virtual_time
async def test_who_does_not_hand_over_loses_it_by_force(clock: ManualClock) -> None:
    fleet, other = await beside_a_fleet(clock, Kcl3Worker, 2)
    other.hands_over = False
    second = await fleet.join("b")
    await until(clock, 2, lambda: "kcl3" in {row.get("checkpointOwner") for row in fleet.table.rows.values()})
    force_seconds = STREAM.revoke_timeout_seconds + FAILOVER
    assert await until(clock, force_seconds + 1, lambda: len(second.held) == 1) > force_seconds - 1


@on_virtual_time
async def test_a_worker_of_kcl_2_is_stolen_from_until_shares_are_even_and_then_left_alone(clock: ManualClock) -> None:
    fleet, other = await beside_a_fleet(clock, Kcl2Worker, 4)
    await asyncio.sleep(2.1)
    assert set(fleet.owners().values()) == {"kcl2"}
    second = await fleet.join("b")
    await until(clock, 5, lambda: len(second.held) == 2)
    await asyncio.sleep(60)
    assert [what for what, _ in second.reader.told] == ["gained", "gained"]
    assert sorted(fleet.owners().values()) == ["kcl2", "kcl2", second.id, second.id]
    other.kill()


@on_virtual_time
async def test_a_lease_that_kcl_2_steals_is_given_up_at_once(clock: ManualClock) -> None:
    fleet, worker = await with_all_leases(clock)
    row = fleet.table.rows[SHARD]
    row.update(leaseOwner="kcl2", leaseCounter=row["leaseCounter"] + 1)
    await until(clock, 1, lambda: worker.held == frozenset())
    assert worker.reader.told[-1] == ("lost", SHARD)
    assert row["leaseOwner"] == "kcl2"


@on_virtual_time
async def test_what_kcl_2_steals_in_the_middle_of_a_hand_over_is_all_its(clock: ManualClock) -> None:
    fleet, worker = await with_all_leases(clock)
    worker.reader.give_up_seconds = FAILOVER
    row = fleet.table.rows[SHARD]
    row.update(leaseOwner="kcl3", checkpointOwner=worker.id)
    await asyncio.sleep(2)
    row.update(leaseOwner="kcl2", leaseCounter=1_000)
    await until(clock, 4, lambda: ("lost", SHARD) in worker.reader.told)
    await asyncio.sleep(0.1)
    assert (row["leaseOwner"], row["leaseCounter"], "checkpointOwner" in row) == ("kcl2", 1_000, False)


@on_virtual_time
async def test_who_asks_and_ends_before_it_is_given_leaves_the_lease_to_anybody(clock: ManualClock) -> None:
    fleet, first = await with_all_leases(clock, shards=2)
    first.reader.give_up_seconds = 2.0
    for shard in first.held:
        first.reader.settle(shard, 5)
    second = await fleet.join("b")
    await until(clock, 2, lambda: "give_up" in {what for what, _ in first.reader.told})
    await second.close()
    assert {row.get("leaseOwner") for row in fleet.table.rows.values()} == {first.id, None}
    await until(clock, 5, lambda: len(first.held) == 2 and len(first.reader.told) == 4)
    assert "lost" not in {what for what, _ in first.reader.told}
    assert first.reader.told[-1][0] == "gained"
    assert min(start.sequence_number for start, _ in first.reader.reads.values()) == "5"


@on_virtual_time
async def test_a_killed_fleet_of_kcl_3_is_replaced_without_its_leader(clock: ManualClock) -> None:
    fleet, other = await beside_a_fleet(clock, Kcl3Worker, 4)
    second = await fleet.join("b")
    await until(clock, 20, lambda: len(second.held) == 2)
    other.kill()
    await until(clock, FAILOVER + 2, lambda: len(second.held) == 4)


@on_virtual_time
async def test_an_orderly_end_leaves_every_lease_free_and_done_as_far_as_it_is(clock: ManualClock) -> None:
    fleet, worker = await with_all_leases(clock, shards=2)
    for shard in worker.held:
        worker.reader.settle(shard, 9)
    await worker.close()
    leases = [lease_in(row) for row in fleet.table.rows.values()]
    assert [(lease.owner, lease.checkpoint) for lease in leases if lease] == [("", Checkpoint("9"))] * 2
    second = await fleet.join("b")
    assert await until(clock, 1, lambda: len(second.held) == 2) < 0.2
