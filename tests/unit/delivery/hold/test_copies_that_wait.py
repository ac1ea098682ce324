"""A copy that waits for another region's keeps no longer than it must, and keeps nobody else."""

from __future__ import annotations

import asyncio

from captured_logs import capture_logs
from doubles.delivery.regions_bench import EAST, WEST, RegionsBench
from doubles.virtual_loop import on_virtual_time
from punctuald.clock import ManualClock
from punctuald.model import Outcome, OutcomeKind


@on_virtual_time
async def test_a_copy_does_not_wait_for_a_region_that_went_away_once_the_first_is_done(clock: ManualClock) -> None:
    bench = RegionsBench(clock)
    bench.handlings.usual_seconds = 5.0
    bench.worker.start()
    bench.send(EAST, "in east", order_id="7")
    await asyncio.sleep(1.0)
    bench.go_away(EAST)
    bench.send(WEST, "in west", order_id="7")
    await asyncio.sleep(6.0)
    assert (bench.started, bench.queues[WEST].backlog().total) == (["in east"], 0)


@on_virtual_time
async def test_a_copy_runs_when_the_first_failed_and_its_region_went_away(clock: ManualClock) -> None:
    bench = RegionsBench(clock)
    bench.handlings.usual_seconds = 5.0
    bench.handlings.outcomes["in east"] = Outcome(OutcomeKind.FAILED, "boom")
    bench.worker.start()
    bench.send(EAST, "in east", order_id="7")
    await asyncio.sleep(1.0)
    bench.go_away(EAST)
    bench.send(WEST, "in west", order_id="7")
    await asyncio.sleep(5.0)
    assert bench.started == ["in east", "in west"]


@on_virtual_time
async def test_copies_that_wait_leave_half_of_the_room_for_what_is_held_to_others(clock: ManualClock) -> None:
    bench = RegionsBench(clock, slots=8, wait_hold_limit=4)
    bench.handlings.usual_seconds = 60.0
    bench.worker.start()
    for number in range(4):
        bench.send(EAST, f"e{number}", order_id=f"{number}")
    await asyncio.sleep(1.0)
    for number in range(3):
        bench.send(WEST, f"w{number}", order_id=f"{number}")
    await asyncio.sleep(5.0)
    assert bench.worker.stats.held_messages == 2
    assert sorted(bench.started) == ["e0", "e1", "e2", "e3", "w2"]
    bench.send(WEST, "live")
    await asyncio.sleep(5.0)
    assert bench.started[-1] == "live"


@on_virtual_time
async def test_what_is_done_after_its_lease_was_lost_is_known_in_its_next_delivery_and_to_its_copies(
    clock: ManualClock,
) -> None:
    first = RegionsBench(clock, visibility_seconds=10)
    first.handlings.usual_seconds = 20.0
    first.worker.start()
    first.send(EAST, "in east", order_id="7")
    first.send(EAST, "without an id")
    await asyncio.sleep(1.0)
    first.go_away(EAST)
    with capture_logs() as logged:
        await asyncio.sleep(30.0)
    lost = [line["event"] for line in logged if line["event"] in {"message.lease_lost", "message.done_may_run_again"}]
    assert lost == ["message.lease_lost"] * 2 + ["message.done_may_run_again"] * 2
    first.send(WEST, "in west", order_id="7")
    await asyncio.sleep(5.0)
    first.worker.consumer.end()  # the worker is gone, and never deleted them
    second = RegionsBench(clock, like=first)
    second.worker.start()
    second.come_back(EAST)
    await asyncio.sleep(15.0)
    assert (sorted(first.started), second.started) == (["in east", "without an id"], [])
    assert second.is_empty()
