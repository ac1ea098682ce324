"""What follows from receives that fail: pauses that grow, one line for each change of state, and no room lost."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import pytest
import structlog

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
    assert bench.worker.refused == []


@on_virtual_time
async def test_the_pauses_grow_to_twenty_seconds_and_a_line_is_logged_for_each_change_of_state(
    clock: ManualClock,
) -> None:
    with structlog.testing.capture_logs() as logs:
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
async def test_a_source_that_refuses_us_from_the_start_is_for_a_person_to_mend(clock: ManualClock) -> None:
    bench = DeliveryBench(clock)
    bench.faults.begin_outage(NO_QUEUE)
    await bench.run_for(60.0)
    assert bench.worker.refused == [NO_QUEUE]
    assert len(bench.source.receives) == 1


@on_virtual_time
async def test_a_queue_that_is_deleted_while_we_run_is_an_outage(clock: ManualClock) -> None:
    bench = DeliveryBench(clock)
    await bench.run_for(1.0)
    bench.faults.begin_outage(NO_QUEUE)
    await asyncio.sleep(60.0)
    bench.faults.end_outage()
    bench.send("a")
    await asyncio.sleep(21.0)
    assert bench.worker.refused == []
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
