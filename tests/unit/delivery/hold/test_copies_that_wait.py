"""A copy that waits for another region's keeps no longer than it must, and keeps nobody else."""

from __future__ import annotations

import asyncio
import os

import pytest

from captured_logs import capture_logs
from doubles.delivery.regions_bench import EAST, WEST, RegionsBench
from doubles.virtual_loop import on_virtual_time
from punctuald.clock import ManualClock
from punctuald.delivery.in_flight import State
from punctuald.model import Outcome, OutcomeKind


async def copied_when_the_first_runs_and_its_region_went_away(bench: RegionsBench) -> None:
    """Its handler is at it for five seconds, of which one is over."""
    bench.handlings.usual_seconds = 5.0
    await bench.begin_with("in east", order_id="7", seconds=1.0)
    bench.go_away(EAST)
    bench.send(WEST, "in west", order_id="7")


@on_virtual_time
async def test_a_copy_does_not_wait_for_a_region_that_went_away_once_the_first_is_done(clock: ManualClock) -> None:
    bench = RegionsBench(clock)
    await copied_when_the_first_runs_and_its_region_went_away(bench)
    await asyncio.sleep(6.0)
    assert (bench.started, bench.queues[WEST].backlog().total) == (["in east"], 0)


@on_virtual_time
async def test_a_copy_runs_when_the_first_failed_and_its_region_went_away(clock: ManualClock) -> None:
    bench = RegionsBench(clock)
    bench.handlings.outcomes["in east"] = Outcome(OutcomeKind.FAILED, "boom")
    await copied_when_the_first_runs_and_its_region_went_away(bench)
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
    second = first.replaced()
    await asyncio.sleep(15.0)
    assert (sorted(first.started), second.started) == (["in east", "without an id"], [])
    assert second.is_empty()


def waiting_copy(clock: ManualClock, max_receives: int, *, fifo: bool) -> RegionsBench:
    """Of a first one that another worker is at for a minute."""
    bench = RegionsBench(clock, fifo=fifo, max_receives=max_receives)
    bench.copies.enter("orders\n7", "elsewhere", "in0", os.getppid(), 0.0, is_settled=False)
    bench.worker.start()
    bench.send(WEST, "in west", "behind it", order_id="7", group="a" if fifo else None)
    return bench


@pytest.mark.parametrize("fifo", [False, True])
@pytest.mark.parametrize(("max_receives", "runs"), [(0, 0), (2, 0), (1, 2)])
def test_at_a_stop_it_goes_back_at_once_but_where_it_would_not_come_again_it_runs(
    max_receives: int, runs: int, *, fifo: bool
) -> None:
    @on_virtual_time
    async def test(clock: ManualClock) -> None:
        bench = waiting_copy(clock, max_receives, fifo=fifo)
        await asyncio.sleep(5.0)
        assert bench.started == []
        begun_mono = clock.mono()
        await bench.worker.stop(drain_seconds=30.0, last_poll_seconds=5.0)
        assert clock.mono() - begun_mono < 6.0
        assert bench.started == ["in west", "behind it"][:runs]
        assert bench.queues[WEST].backlog().total == 2 - runs

    test()


@pytest.mark.parametrize(("max_receives", "runs"), [(0, False), (1, True)])
def test_one_that_the_last_poll_of_a_stop_brings_does_not_wait_either(max_receives: int, *, runs: bool) -> None:
    @on_virtual_time
    async def test(clock: ManualClock) -> None:
        bench = RegionsBench(clock, max_receives=max_receives)
        bench.copies.enter("orders\n7", "elsewhere", "in0", os.getppid(), 0.0, is_settled=False)
        bench.worker.start()
        await asyncio.sleep(4.5)
        stop = asyncio.ensure_future(bench.worker.stop(drain_seconds=30.0))
        await asyncio.sleep(0.5)
        begun_mono = clock.mono()
        bench.send(WEST, "in west", order_id="7")
        await stop
        assert (bench.started == ["in west"], clock.mono() - begun_mono < 6.0) == (runs, True)

    test()


@pytest.mark.parametrize(("max_receives", "runs"), [(0, False), (1, True)])
def test_one_whose_lease_can_not_be_renewed_any_longer_runs_at_its_last_receive(
    max_receives: int, *, runs: bool
) -> None:
    @on_virtual_time
    async def test(clock: ManualClock) -> None:
        bench = waiting_copy(clock, max_receives, fifo=False)
        await asyncio.sleep(5.0)
        consumer = bench.worker.consumers[WEST]
        for item in consumer.table.unsettled():
            consumer._after_run.overstayed(item)
        assert all(item.state is not State.HELD for item in consumer.table.all()), "not before the next look"
        await asyncio.sleep(0.1)
        assert ("in west" in bench.started) == runs

    test()
