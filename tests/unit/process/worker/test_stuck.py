"""What of a worker's handlers is stuck: over its time limit by a moment, and with it perhaps everything else."""

from __future__ import annotations

import asyncio

from doubles.delivery.worker_bench import WorkerBench
from doubles.process.worker_on_virtual_time import Handlers, queue_of
from doubles.virtual_loop import on_virtual_time
from punctuald.clock import ManualClock
from punctuald.process.worker.stuck import GRACE_SECONDS, StuckHandlers


class Hold:
    """Handlers of some seconds each, begun at once."""

    def __init__(self, clock: ManualClock, *handle_seconds: float, slots: int, limit: float = 5) -> None:
        _, source = queue_of(clock, *handle_seconds)
        self.bench = WorkerBench(clock, Handlers(clock, slots, limit), source)
        self.stuck = StuckHandlers([self.bench.pool], clock)
        self.bench.start()

    def ids(self) -> list[str]:
        return [running.message_id for running in self.stuck.now()]

    async def end(self) -> None:
        await self.bench.stop(0)


@on_virtual_time
async def test_a_handler_over_its_limit_gets_a_moment_for_what_can_be_cancelled(clock: ManualClock) -> None:
    on = Hold(clock, 600, 1, slots=2)
    await asyncio.sleep(5 + GRACE_SECONDS / 2)
    assert on.ids() == []
    await asyncio.sleep(GRACE_SECONDS)
    assert on.ids() == ["orders-1"]
    await on.end()


@on_virtual_time
async def test_without_a_time_limit_nothing_is_ever_stuck(clock: ManualClock) -> None:
    on = Hold(clock, 10**6, slots=1, limit=0)
    await asyncio.sleep(10**5)
    assert on.ids() == []
    assert not on.stuck.hold_up_everything()
    await on.end()


@on_virtual_time
async def test_where_something_else_runs_there_is_something_to_wait_for(clock: ManualClock) -> None:
    on = Hold(clock, 600, 9, slots=2)
    await asyncio.sleep(7)
    assert on.ids() == ["orders-1", "orders-2"]
    assert on.stuck.hold_up_everything()
    await on.end()
    on = Hold(clock, 600, 3, 6, slots=2)
    await asyncio.sleep(7)  # the third began when the second ended
    assert on.ids() == ["orders-1"]
    assert not on.stuck.hold_up_everything()
    await on.end()


@on_virtual_time
async def test_where_all_slots_are_stuck_what_waits_can_not_start_and_nothing_is_worth_waiting_for(
    clock: ManualClock,
) -> None:
    on = Hold(clock, 600, *[0.01] * 8, slots=1)
    await asyncio.sleep(8)
    assert on.stuck.hold_up_everything()
    await on.end()


@on_virtual_time
async def test_with_nothing_running_nothing_is_held_up(clock: ManualClock) -> None:
    on = Hold(clock, slots=1)
    await asyncio.sleep(8)
    assert not on.stuck.hold_up_everything()
    await on.end()
