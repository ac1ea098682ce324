"""What of a worker's handlers is stuck: over its time limit by a moment, and with it perhaps everything else."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import cast

from doubles.delivery.worker_bench import WorkerBench
from doubles.process.worker_on_virtual_time import Handlers, queue_of
from doubles.virtual_loop import on_virtual_time
from punctuald.clock import ManualClock
from punctuald.delivery.handler_pool import HandlerPool
from punctuald.delivery.run.runner import Running
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


class FixedPool:
    """A pool of which only what it runs matters."""

    def __init__(self, *running: Running) -> None:
        self.runner = self
        self.dispatcher = self
        self.idle, self.waiting = 5, 0
        self._running = running

    def running(self) -> Sequence[Running]:
        return self._running


def stuck_among(clock: ManualClock, *running: Running) -> StuckHandlers:
    return StuckHandlers([cast("HandlerPool", FixedPool(*running))], clock)


def test_what_a_blocked_loop_keeps_from_ending_is_not_stuck_and_not_worth_waiting_for() -> None:
    clock = ManualClock()
    begun_mono = clock.mono()
    blocks = Running("orders", "blocks", begun_mono, 5)
    waits = Running("orders", "waits", begun_mono - 4, 5, free_until_mono=begun_mono, held_up=True)
    handlers = stuck_among(clock, blocks, waits)
    clock.advance(5 + GRACE_SECONDS / 2)
    assert (handlers.now(), handlers.hold_up_everything()) == ([], False)
    clock.advance(GRACE_SECONDS)
    assert (handlers.now(), handlers.hold_up_everything()) == ([blocks], True)
    others = Running("orders", "in a thread", begun_mono, 60)
    assert not stuck_among(clock, blocks, waits, others).hold_up_everything()


def test_one_that_was_over_its_limit_while_the_loop_still_turned_is_stuck_all_the_same() -> None:
    clock = ManualClock()
    ignores_its_limit = Running("orders", "ignores", clock.mono() - 60, 5, clock.mono(), held_up=True)
    assert stuck_among(clock, ignores_its_limit).now() == [ignores_its_limit]


def test_a_loop_that_nobody_can_be_charged_with_is_blocked_after_a_messages_limit() -> None:
    clock = ManualClock()
    waits = Running("orders", "waits", clock.mono(), 5, clock.mono(), held_up=True)
    handlers = stuck_among(clock, waits)
    assert not handlers.loop_is_blocked()
    clock.advance(5 + 2 * GRACE_SECONDS)
    assert (handlers.loop_is_blocked(), handlers.now(), handlers.hold_up_everything()) == (True, [], True)


@on_virtual_time
async def test_with_nothing_running_nothing_is_held_up(clock: ManualClock) -> None:
    on = Hold(clock, slots=1)
    await asyncio.sleep(8)
    assert not on.stuck.hold_up_everything()
    await on.end()
