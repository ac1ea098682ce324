"""One queue in two regions: whatever becomes of one, the other's messages are on time."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import pytest

from captured_logs import capture_logs
from doubles.delivery.regions_bench import EAST, WEST, RegionsBench
from doubles.virtual_loop import on_virtual_time
from punctuald.clock import ManualClock
from punctuald.model import Metric, Outcome, OutcomeKind
from punctuald.policy.delivery.due_time import DueTime

PEAK_SECONDS = 3.0


async def gone_after_five_seconds(bench: RegionsBench, *late: str) -> None:
    """``EAST`` was there before; now it is away, with these."""
    bench.worker.start()
    await asyncio.sleep(5.0)
    bench.go_away(EAST)
    bench.send(EAST, *late)


async def absent(bench: RegionsBench, *late: str, seconds: float = 60.0) -> None:
    """``EAST`` was away from the beginning, and is back now, with these."""
    bench.worker.start()
    bench.go_away(EAST)
    bench.send(EAST, *late)
    await asyncio.sleep(seconds)
    bench.come_back(EAST)


@on_virtual_time
async def test_a_region_that_is_away_for_a_minute_makes_nothing_of_the_other_late_and_is_back_within_five_seconds(
    clock: ManualClock,
) -> None:
    bench = RegionsBench(clock)
    await gone_after_five_seconds(bench, *(f"e{number}" for number in range(20)))
    await bench.send_each(WEST, 0.25, 240, "w")
    bench.come_back(EAST)
    await asyncio.sleep(5.0)
    assert max(bench.done_after("w")) < 0.5
    assert "e0" in bench.started
    await asyncio.sleep(10.0)
    assert bench.is_empty()
    assert len(bench.started) == len(set(bench.started)) == 260


@on_virtual_time
async def test_it_is_looked_for_every_two_seconds_with_a_call_for_one_message_that_does_not_wait(
    clock: ManualClock,
) -> None:
    bench = RegionsBench(clock)
    await gone_after_five_seconds(bench)
    await asyncio.sleep(60.0)
    tries = bench.sources[EAST].receives[-20:]
    assert {(call.most, call.wait_seconds) for call in tries} == {(1, 0.0)}
    assert all(later.begun_mono - earlier.begun_mono <= 2.1 for earlier, later in pairwise(tries))


@on_virtual_time
async def test_what_a_region_comes_back_with_late_leaves_three_quarters_of_the_slots_to_the_other(
    clock: ManualClock,
) -> None:
    bench = RegionsBench(clock, slots=4)
    bench.handlings.usual_seconds = 0.5
    await gone_after_five_seconds(bench, *(f"late{number}" for number in range(400)))
    await bench.send_each(WEST, 0.2, 50, "before")
    bench.come_back(EAST)
    await bench.send_each(WEST, 0.2, 300, "live")
    assert max(bench.done_after("live")) < PEAK_SECONDS - 0.5
    assert len([body for body in bench.started if body.startswith("late")]) > 60, "it catches up all the same"


@on_virtual_time
async def test_where_another_region_brings_little_what_is_late_has_the_slots_that_it_does_not_need(
    clock: ManualClock,
) -> None:
    bench = RegionsBench(clock, slots=8)
    bench.handlings.usual_seconds = 0.5
    await absent(bench, *(f"late{number}" for number in range(400)))
    await bench.send_each(WEST, 2.0, 15, "live")
    late = [body for body in bench.started if body.startswith("late")]
    assert len(late) > 30 * 2 * 5, "five of eight slots at least, and not two"
    assert max(bench.done_after("live")) < 1.0


@on_virtual_time
async def test_what_is_late_at_a_later_try_only_is_not_catching_up(clock: ManualClock) -> None:
    bench = RegionsBench(clock, retry_initial_seconds=4.0)
    bench.handlings.outcomes["failed"] = [Outcome(OutcomeKind.FAILED, "boom")]
    await absent(bench)
    await asyncio.sleep(3.0)
    bench.send(EAST, "failed")
    for _ in range(100):
        await asyncio.sleep(0.1)
        assert not bench.rooms.of(EAST).is_catching_up
    assert bench.started == ["failed"] * 2


@on_virtual_time
async def test_where_nothing_else_is_live_it_catches_up_with_all_there_is(clock: ManualClock) -> None:
    bench = RegionsBench(clock, slots=4)
    bench.handlings.usual_seconds = 0.5
    await absent(bench, *(f"late{number}" for number in range(160)), seconds=30.0)
    await asyncio.sleep(25.0)
    assert len(bench.started) == 160


@on_virtual_time
async def test_deletions_that_one_region_does_not_take_keep_no_others_waiting(clock: ManualClock) -> None:
    bench = RegionsBench(clock, ack_linger_seconds=0.0)
    await bench.begin_with(*(f"e{number}" for number in range(100)), seconds=0.1)
    bench.go_away(EAST)
    bodies = await bench.send_each(WEST, 0.1, 100, "w")
    await asyncio.sleep(0.2)
    assert bench.worker.counted(Metric.DONE, WEST) == len(bodies)
    assert bench.queues[WEST].backlog().total == 0


@pytest.mark.parametrize(("weights", "most"), [((0, 0), (10, 4)), ((1, 3), (4, 10))])
def test_where_both_bring_more_than_there_is_room_for_each_has_its_part(
    weights: tuple[int, int], most: tuple[int, int]
) -> None:
    @on_virtual_time
    async def test(clock: ManualClock) -> None:
        bench = RegionsBench(clock, slots=8, weights=weights)
        bench.handlings.usual_seconds = 2.0
        bench.worker.start()
        for region in (EAST, WEST):
            bench.send(region, *(f"{region}:{number}" for number in range(200)))
        await asyncio.sleep(60.0)
        started = [sum(body.startswith(f"{region}:") for body in bench.started) for region in (EAST, WEST)]
        share = started[EAST] / sum(started)
        assert abs(share - most[EAST] / sum(most)) < 0.15, started

    test()


@pytest.mark.parametrize(("busy", "light"), [(EAST, WEST), (WEST, EAST)])
def test_a_region_that_brings_little_costs_the_other_no_slot_but_one(busy: int, light: int) -> None:
    @on_virtual_time
    async def test(clock: ManualClock) -> None:
        bench = RegionsBench(clock, slots=8)
        bench.handlings.usual_seconds = 1.0
        bench.worker.start()
        bench.send(busy, *(f"busy{number}" for number in range(1_000)))
        await bench.send_each(light, 2.0, 30, "light")
        assert len(bench.started) > 60 * 6.5
        assert max(bench.done_after("light")) < 1.5

    test()


@on_virtual_time
async def test_a_message_that_is_done_and_can_not_be_deleted_is_not_run_again_where_that_is_known(
    clock: ManualClock,
) -> None:
    first = RegionsBench(clock, visibility_seconds=10)
    [message_id] = await first.begin_with("a", seconds=0.05)
    first.go_away(EAST)
    with capture_logs() as logged:
        await asyncio.sleep(30.0)
    assert [line["message_id"] for line in logged if line["event"] == "message.done_may_run_again"] == [message_id]
    second = first.replaced()
    await asyncio.sleep(10.0)
    assert (first.started, second.started) == (["a"], [])
    assert second.worker.counted(Metric.COPY_DROPPED, EAST) == 1
    assert second.is_empty()


@on_virtual_time
async def test_what_comes_late_from_a_region_that_was_away_arrives_for_the_scaler_when_it_comes(
    clock: ManualClock,
) -> None:
    bench = RegionsBench(clock)
    await absent(bench, "late", seconds=30.0)
    back_utc = clock.utc()
    await asyncio.sleep(5.0)
    assert [utc >= back_utc for utc in bench.worker.stats.arrived] == [True]


@on_virtual_time
async def test_while_it_catches_up_nothing_runs_before_its_due_time(clock: ManualClock) -> None:
    bench = RegionsBench(clock, due_time=DueTime("not_before"))
    due_utc = clock.utc() + 90.0
    bench.queues[EAST].send("due later", attributes={"not_before": f"{due_utc}", "sla_tier": "peak_hours"})
    await absent(bench, "late")
    await asyncio.sleep(20.0)
    assert bench.started == ["late"]
    assert sum(bench.worker.stats.arrived.values()) == 1
    await asyncio.sleep(20.0)
    assert bench.started == ["late", "due later"]
    assert bench.done_after("due later")[0] == pytest.approx(90.0, abs=0.1)
    assert sum(bench.worker.stats.arrived.values()) == 2
