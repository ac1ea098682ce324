"""A producer that sends to two regions names its message: the second copy waits for what becomes of the first."""

from __future__ import annotations

import asyncio
import os
from dataclasses import replace

import pytest

from captured_logs import capture_logs
from doubles.delivery.regions_bench import EAST, WEST, RegionsBench
from doubles.virtual_loop import on_virtual_time
from punctuald.clock import ManualClock
from punctuald.model import Metric, Outcome, OutcomeKind

NO_SUCH_PID = 4_194_303
"""Linux gives no process a higher one, and this one hardly ever."""


@on_virtual_time
async def test_a_second_copy_waits_and_is_dropped_when_the_first_is_done(clock: ManualClock) -> None:
    bench = RegionsBench(clock, visibility_seconds=10)
    bench.handlings.usual_seconds = 60.0
    [first] = await bench.begin_with("in east", order_id="7", seconds=1.0)
    [second] = bench.send(WEST, "in west", order_id="7")
    await asyncio.sleep(50.0)
    assert bench.started == ["in east"]
    assert bench.queues[WEST].backlog().in_flight == 1, "its lease is renewed all the while"
    with capture_logs() as logged:
        await asyncio.sleep(12.0)
    assert (bench.started, bench.is_empty()) == (["in east"], True)
    dropped = [line for line in logged if line["event"] == "message.duplicate_of_another_region"]
    assert [(line["queue"], line["message_id"]) for line in dropped] == [("orders@in1", second)]
    assert bench.worker.counted(Metric.COPY_DROPPED, WEST) == 1
    assert first != second


@on_virtual_time
async def test_a_copy_that_comes_later_is_dropped_at_once(clock: ManualClock) -> None:
    bench = RegionsBench(clock)
    await bench.begin_with("in east", order_id="7", seconds=30.0)
    bench.send(WEST, "in west", order_id="7")
    bench.send(WEST, "another", order_id="8")
    bench.send(WEST, "without an id")
    await asyncio.sleep(5.0)
    assert bench.started == ["in east", "another", "without an id"]
    assert bench.is_empty()


@on_virtual_time
async def test_another_message_of_the_same_region_is_no_copy_whatever_it_is_called(clock: ManualClock) -> None:
    bench = RegionsBench(clock)
    await bench.begin_with("first", order_id="7", seconds=5.0)
    bench.send(EAST, "second", order_id="7")
    await asyncio.sleep(5.0)
    bench.handlings.usual_seconds = 5.0
    bench.send(EAST, "third", "fourth", order_id="7")
    await asyncio.sleep(4.0)
    assert bench.started == ["first", "second", "third", "fourth"]


def of_a_fifo_queue(bench: RegionsBench) -> None:
    for source in bench.sources:
        source.on_message = lambda message: replace(message, deduplication_id=message.attributes.get("order_id", ""))


@pytest.mark.parametrize(("after_seconds", "group", "runs"), [(250, "a", False), (350, "a", True), (5, "b", True)])
def test_a_fifo_queues_id_is_known_for_five_minutes_and_in_its_group(
    after_seconds: float, group: str, *, runs: bool
) -> None:
    @on_virtual_time
    async def test(clock: ManualClock) -> None:
        bench = RegionsBench(clock, fifo=True, deduplication_attribute="")
        of_a_fifo_queue(bench)
        await bench.begin_with("in east", order_id="digest of the body", group="a", seconds=after_seconds)
        bench.send(WEST, "in west", order_id="digest of the body", group=group)
        await asyncio.sleep(6.0)
        assert bench.started == ["in east", *(["in west"] if runs else [])]

    test()


@on_virtual_time
async def test_a_producers_own_id_is_known_for_longer(clock: ManualClock) -> None:
    bench = RegionsBench(clock)
    await bench.begin_with("in east", order_id="7", seconds=4_000.0)
    bench.send(WEST, "in west", order_id="7")
    await asyncio.sleep(6.0)
    assert bench.started == ["in east"]


@on_virtual_time
async def test_the_second_copy_runs_when_the_first_fails(clock: ManualClock) -> None:
    bench = RegionsBench(clock, retry_initial_seconds=60.0)
    bench.handlings.seconds["in east"] = 10.0
    bench.handlings.outcomes["in east"] = Outcome(OutcomeKind.FAILED, "boom")
    await bench.begin_with("in east", order_id="7", seconds=1.0)
    bench.send(WEST, "in west", order_id="7")
    await asyncio.sleep(12.0)
    assert bench.started == ["in east", "in west"]
    await asyncio.sleep(120.0)
    assert (bench.started, bench.is_empty()) == (["in east", "in west"], True), "the first one's next try is dropped"


@on_virtual_time
async def test_the_second_copy_runs_when_the_first_is_rejected(
    clock: ManualClock,
) -> None:
    bench = RegionsBench(clock)
    bench.handlings.outcomes["in east"] = Outcome(OutcomeKind.REJECT, "unknown customer")
    await bench.begin_with("in east", order_id="7", seconds=5.0)
    bench.send(WEST, "in west", order_id="7")
    await asyncio.sleep(5.0)
    assert (bench.started, bench.is_empty()) == (["in east", "in west"], True)


@on_virtual_time
async def test_a_copy_in_another_worker_waits_as_well(clock: ManualClock) -> None:
    first = RegionsBench(clock)
    first.handlings.usual_seconds = 20.0
    await first.begin_with("in east", order_id="7", seconds=1.0)
    first.worker.consumer.receive_no_more()
    first.worker.consumers[WEST].receive_no_more()
    second = RegionsBench(clock, like=first)
    second.worker.start()
    await asyncio.sleep(5.0)
    second.send(WEST, "in west", order_id="7")
    await asyncio.sleep(30.0)
    assert (first.started, second.started, second.is_empty()) == (["in east"], [], True)


@on_virtual_time
async def test_a_copy_whose_worker_died_is_not_waited_for(clock: ManualClock) -> None:
    bench = RegionsBench(clock)
    bench.copies.enter("orders\n7", "lost", "in0", NO_SUCH_PID, 0.0, is_settled=False)
    bench.copies.enter("orders\n8", "elsewhere", "in0", os.getppid(), 0.0, is_settled=False)
    bench.worker.start()
    bench.send(WEST, "of the dead", order_id="7")
    bench.send(WEST, "of the living", order_id="8")
    await asyncio.sleep(5.0)
    assert bench.started == ["of the dead"]


@on_virtual_time
async def test_a_message_is_no_copy_of_itself(clock: ManualClock) -> None:
    bench = RegionsBench(clock, retry_initial_seconds=1.0)
    bench.handlings.outcomes["a"] = [Outcome(OutcomeKind.FAILED, "boom")] * 3
    await bench.begin_with("a", order_id="7", seconds=60.0)
    assert (bench.started, bench.is_empty()) == (["a"] * 4, True)


@on_virtual_time
async def test_in_an_ordered_queue_a_copy_that_waits_holds_its_group_only(clock: ManualClock) -> None:
    bench = RegionsBench(clock, fifo=True)
    bench.handlings.seconds["in east"] = 10.0
    await bench.begin_with("in east", order_id="7", group="a", seconds=1.0)
    bench.send(WEST, "in west", order_id="7", group="a")
    bench.send(WEST, "behind it", group="a")
    bench.send(WEST, "beside it", group="b")
    await asyncio.sleep(5.0)
    assert bench.started == ["in east", "beside it"]
    await asyncio.sleep(10.0)
    assert (bench.started[2:], bench.is_empty()) == (["behind it"], True)
