"""What is late and not done yet shows on the board, once a second, though nothing is ever acknowledged."""

from __future__ import annotations

import asyncio
import os
from math import inf

from doubles.process.worker_on_virtual_time import Handlers, WorkerOnVirtualTime, at_work, queue_of
from doubles.virtual_loop import on_virtual_time
from punctuald.clock import ManualClock
from punctuald.stats.figures.interval_reader import IntervalReader
from punctuald.stats.figures.intervals import Standing

LATE_SECONDS = 8.0


def standings(on: WorkerOnVirtualTime) -> tuple[Standing, ...]:
    thresholds = {"peak_hours": 3.0, "batch_mode": 60.0}
    return IntervalReader([on.board], threshold_seconds=thresholds).standings()


@on_virtual_time
async def test_what_hangs_past_its_deadline_is_late_at_once(clock: ManualClock) -> None:
    _, source = queue_of(clock, 600, 600)
    async with at_work(WorkerOnVirtualTime(clock, Handlers(clock), source)) as on:
        await asyncio.sleep(2.0)
        assert standings(on) == ()
        await asyncio.sleep(LATE_SECONDS - 2.0)
        [standing] = standings(on)
        assert (standing.queue, standing.tier, standing.overdue) == ("orders", "peak_hours", 2)
        assert LATE_SECONDS - 3.0 - 1.1 <= standing.worst_overdue_seconds <= LATE_SECONDS - 3.0
        assert (standing.met, standing.missed) == (0, 0)


@on_virtual_time
async def test_what_is_done_late_is_a_miss_and_overdue_no_more(clock: ManualClock) -> None:
    _, source = queue_of(clock, 6)
    async with at_work(WorkerOnVirtualTime(clock, Handlers(clock), source)) as on:
        await asyncio.sleep(5.0)
        assert [standing.overdue for standing in standings(on)] == [1]
        await asyncio.sleep(10.0)
        assert [standing.overdue for standing in standings(on)] == [0]


@on_virtual_time
async def test_a_dead_workers_messages_are_not_overdue_in_hand(clock: ManualClock) -> None:
    _, source = queue_of(clock, inf)
    async with at_work(WorkerOnVirtualTime(clock, Handlers(clock), source)) as on:
        await asyncio.sleep(LATE_SECONDS)
        assert on.view.pid == os.getpid()
        on.board.retire(0)
        assert [standing.overdue for standing in standings(on)] == [0]
