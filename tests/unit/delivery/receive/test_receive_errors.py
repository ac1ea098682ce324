"""What follows from receives that fail: pauses that grow, one line for each change of state, and no room lost."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import pytest

from captured_logs import capture_logs
from doubles.delivery.bench import DeliveryBench
from doubles.virtual_loop import on_virtual_time
from punctuald.clock import ManualClock
from punctuald.errors import SourceError, SourceMisconfigured, SourceUnavailable
from punctuald.model import Metric

AWAY = SourceUnavailable("no route", code="ConnectTimeout")
NO_QUEUE = SourceMisconfigured("no such queue", code="QueueDoesNotExist")


@on_virtual_time
async def test_an_error_is_not_an_empty_queue(clock: ManualClock) -> None:
    bench = DeliveryBench(clock)
    bench.faults.begin_outage(AWAY)
    await bench.run_for(60.0)
    assert bench.counted(Metric.RECEIVE_EMPTY) == 0
    assert bench.counted(Metric.SOURCE_ERROR) > 3
    assert bench.worker.answered == 0
    assert bench.worker.unavailable == [AWAY]


@on_virtual_time
async def test_a_failure_that_is_mended_at_once_makes_no_queue_unavailable(clock: ManualClock) -> None:
    bench = DeliveryBench(clock)
    await bench.run_for(1.0)
    for _ in range(3):
        bench.faults.fail_next(Metric.REQUEST_RECEIVE, AWAY)
    await asyncio.sleep(60.0)
    assert bench.worker.unavailable == []
    assert bench.worker.answered == 1


@on_virtual_time
async def test_the_pauses_grow_to_twenty_seconds_and_a_line_is_logged_for_each_change_of_state(
    clock: ManualClock,
) -> None:
    with capture_logs() as logs:
        bench = DeliveryBench(clock)
        await bench.run_for(0.5)
        bench.faults.begin_outage(AWAY)
        await asyncio.sleep(150.0)
        bench.faults.end_outage()
        await asyncio.sleep(21.0)
    begun = [receive.begun_mono for receive in bench.source.receives]
    pauses = [later - earlier for earlier, later in pairwise(begun)]
    assert max(pauses) == pytest.approx(20.0, abs=0.01)
    told = [entry["event"] for entry in logs if entry.get("call") == "receive"]
    assert told == ["source.unavailable", "source.recovered"]
    assert next(entry for entry in logs if entry["event"] == "source.unavailable")["code"] == "ConnectTimeout"


@on_virtual_time
async def test_a_source_that_refuses_us_from_the_start_is_tried_again_until_it_answers(clock: ManualClock) -> None:
    bench = DeliveryBench(clock)
    bench.faults.begin_outage(NO_QUEUE)
    await bench.run_for(60.0, "a")
    assert bench.worker.unavailable == [NO_QUEUE]
    bench.faults.end_outage()
    await asyncio.sleep(21.0)
    assert bench.worker.answered == 1
    assert bench.started == ["a"]


@on_virtual_time
async def test_an_outage_that_turns_out_to_be_a_refusal_is_said_again(clock: ManualClock) -> None:
    bench = DeliveryBench(clock)
    bench.faults.begin_outage(AWAY)
    await bench.run_for(60.0)
    bench.faults.begin_outage(NO_QUEUE)
    await asyncio.sleep(60.0)
    bench.faults.begin_outage(AWAY)
    await asyncio.sleep(60.0)
    assert bench.worker.unavailable == [AWAY, NO_QUEUE]


@on_virtual_time
async def test_one_queue_that_is_refused_costs_the_others_nothing(clock: ManualClock) -> None:
    bench = DeliveryBench(clock, queues=2)
    bench.faults.begin_outage(NO_QUEUE)
    bench.send(*"abc", queue=1)
    await bench.run_for(1.0)
    assert bench.started == ["a", "b", "c"]


@on_virtual_time
async def test_an_outage_that_lasts_has_a_line_every_five_minutes(clock: ManualClock) -> None:
    with capture_logs() as logs:
        bench = DeliveryBench(clock)
        await bench.run_for(0.5)
        bench.faults.begin_outage(NO_QUEUE)
        await asyncio.sleep(1_000.0)
    lines = [line for line in logs if line.get("call") == "receive"]
    assert [line["event"] for line in lines] == ["source.unavailable"] + ["source.still_unavailable"] * 3
    assert [line["seconds"] // 300 for line in lines[1:]] == [1, 2, 3]
    assert {(line["code"], line["text"]) for line in lines} == {("QueueDoesNotExist", "no such queue")}


@on_virtual_time
async def test_a_queue_that_is_deleted_while_we_run_is_an_outage(clock: ManualClock) -> None:
    bench = DeliveryBench(clock)
    await bench.run_for(1.0)
    bench.faults.begin_outage(NO_QUEUE)
    await asyncio.sleep(60.0)
    bench.faults.end_outage()
    bench.send("a")
    await asyncio.sleep(21.0)
    assert bench.worker.unavailable == [NO_QUEUE]
    assert bench.started == ["a"]


@pytest.mark.parametrize("error", [AWAY, NO_QUEUE])
def test_a_failed_receive_gives_its_room_back(error: SourceError) -> None:
    @on_virtual_time
    async def run(clock: ManualClock) -> None:
        bench = DeliveryBench(clock, slots=2)
        await bench.run_for(1.0, "a")
        for _ in range(5):
            bench.faults.fail_next(Metric.REQUEST_RECEIVE, error)
        await asyncio.sleep(60.0)
        assert [receive.most for receive in bench.source.receives][-1] == 8
        bench.send("b", "c")
        await asyncio.sleep(20.0)
        assert sorted(bench.started) == ["a", "b", "c"]

    run()
