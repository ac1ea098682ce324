"""When a module's hooks are called, and what waits for them, on virtual time."""

from __future__ import annotations

import asyncio
import errno
import signal
from collections.abc import Awaitable, Callable
from itertools import pairwise

from captured_logs import capture_logs
from doubles.process.worker_on_virtual_time import Handlers, HookedModule, WorkerOnVirtualTime, at_work, queue_of
from doubles.virtual_loop import on_virtual_time
from punctuald.clock import ManualClock
from punctuald.handler import Hook, ModuleHooks
from punctuald.process.channel.frames import Available, Ready, Unavailable
from punctuald.process.exit_status import ExitStatus
from punctuald.process.worker.hooks import STOP_SECONDS
from punctuald.process.worker.module_life import SLOW_SECONDS


def hook(name: str) -> Hook:
    return Hook(name, lambda: None, takes_worker=False, is_coroutine=False)


HOOKS = ModuleHooks("shop", hook("on_start"), hook("on_stop"))


class Module:
    """Notes when its hooks are called; ``start`` and ``stop`` are what they do."""

    def __init__(self, clock: ManualClock) -> None:
        self.clock = clock
        self.begun_mono = clock.mono()
        self.called: list[tuple[str, float]] = []
        self.start: Callable[[], Awaitable[object]] = lambda: asyncio.sleep(0)
        self.stop: Callable[[], Awaitable[object]] = lambda: asyncio.sleep(0)

    async def __call__(self, called: Hook) -> None:
        self.called.append((called.name, round(self.clock.mono() - self.begun_mono, 1)))
        await (self.start if called.name == "on_start" else self.stop)()

    def times(self, name: str) -> list[float]:
        return [seconds for said, seconds in self.called if said == name]

    def of(self, *queues: str) -> HookedModule:
        return HookedModule(HOOKS, queues, self)


async def raises(error: BaseException) -> None:
    raise error


@on_virtual_time
async def test_nothing_is_received_and_the_worker_is_not_ready_before_on_start_returns(clock: ManualClock) -> None:
    module = Module(clock)
    module.start = lambda: asyncio.sleep(7)
    on = WorkerOnVirtualTime(clock, Handlers(clock), queue_of(clock, 1)[1], modules=[module.of("orders")])
    async with at_work(on):
        await asyncio.sleep(6.9)
        assert (on.handlers.started, on.hear()) == ([], [])
        await asyncio.sleep(0.2)
        assert len(on.handlers.started) == 1
        assert [type(frame) for frame in on.hear()] == [Ready]


@on_virtual_time
async def test_a_part_of_a_limit_is_of_use_to_a_worker_while_its_queues_module_has_begun(clock: ManualClock) -> None:
    module = Module(clock)
    module.start = lambda: raises(OSError("no database")) if len(module.called) == 1 else asyncio.sleep(3)
    first, other = queue_of(clock, 1)[1], queue_of(clock, 1, name="mails")[1]
    on = WorkerOnVirtualTime(clock, Handlers(clock), first, other, modules=[module.of("orders")])
    async with at_work(on):
        await asyncio.sleep(2.9)
        assert [on.view.receives(queue) for queue in (0, 1)] == [False, True]
        await asyncio.sleep(4)
        assert [on.view.receives(queue) for queue in (0, 1)] == [True, True]


@on_virtual_time
async def test_a_worker_is_ready_when_the_slower_module_is_and_runs_the_quicker_ones_messages_before(
    clock: ManualClock,
) -> None:
    module = Module(clock)
    module.start = lambda: asyncio.sleep(20)
    quick, slow = queue_of(clock, 1, name="quick")[1], queue_of(clock, 1, name="slow")[1]
    on = WorkerOnVirtualTime(clock, Handlers(clock), quick, slow, modules=[module.of("slow")])
    async with at_work(on):
        await asyncio.sleep(19)
        assert [message.queue for _, message in on.handlers.started] == ["quick"]
        assert on.hear() == []
        await asyncio.sleep(2)
        assert {message.queue for _, message in on.handlers.started} == {"quick", "slow"}
        assert [type(frame) for frame in on.hear()] == [Ready]


@on_virtual_time
async def test_a_start_that_hangs_costs_its_own_queue_only(clock: ManualClock) -> None:
    module = Module(clock)
    module.start = lambda: asyncio.sleep(100)
    quick, slow = queue_of(clock, 1, name="quick")[1], queue_of(clock, 1, name="slow")[1]
    on = WorkerOnVirtualTime(clock, Handlers(clock), quick, slow, modules=[module.of("slow")])
    async with at_work(on):
        with capture_logs() as logs:
            await asyncio.sleep(SLOW_SECONDS + 0.1)
        unavailable, ready = on.hear()
        assert unavailable == Unavailable("slow", "on_start of shop has not returned for 30 s", refused=False)
        assert isinstance(ready, Ready)
        assert [line["event"] for line in logs if line["event"].startswith("hook.")] == ["hook.start_slow"]
        await asyncio.sleep(100)
        assert on.hear()[-1] == Available("slow")


@on_virtual_time
async def test_a_failed_start_is_tried_again_with_back_off_until_it_is_good(clock: ManualClock) -> None:
    module = Module(clock)
    module.start = lambda: raises(ConnectionError("away"))
    on = WorkerOnVirtualTime(clock, Handlers(clock), queue_of(clock, 1)[1], modules=[module.of("orders")])
    async with at_work(on):
        with capture_logs() as logs:
            await asyncio.sleep(50)
        times = module.times("on_start")
        waits = [round(after - before, 1) for before, after in pairwise(times)]
        assert waits[:4] == [0.2, 0.4, 0.8, 1.6]
        assert len([line for line in logs if line["event"] == "hook.start_failed"]) == 1
        assert on.hear()[0] == Unavailable("orders", "on_start of shop raised ConnectionError: away", refused=False)
        module.start = lambda: asyncio.sleep(0)
        await asyncio.sleep(21)
        assert len(on.handlers.started) == 1
        assert [type(frame) for frame in on.hear()[-2:]] == [Available, Ready]


@on_virtual_time
async def test_what_on_stop_raises_is_said_and_changes_no_status(clock: ManualClock) -> None:
    module = Module(clock)
    module.start = lambda: raises(ValueError("no"))
    module.stop = lambda: raises(ZeroDivisionError())
    on = WorkerOnVirtualTime(clock, Handlers(clock), queue_of(clock)[1], modules=[module.of("orders")])
    async with at_work(on):
        await asyncio.sleep(1)
        module.start = lambda: asyncio.sleep(0)
        await asyncio.sleep(5)
        on.signal(signal.SIGTERM)
        with capture_logs() as logs:
            assert await on.ended() == 0
        assert [line["error"] for line in logs if line["event"] == "hook.stop_failed"] == ["ZeroDivisionError"]


@on_virtual_time
async def test_a_start_that_finds_the_process_out_of_something_makes_the_worker_ill(clock: ManualClock) -> None:
    module = Module(clock)
    module.start = lambda: raises(OSError(errno.EMFILE, "too many"))
    other, shop = queue_of(clock, name="other")[1], queue_of(clock, name="shop")[1]
    on = WorkerOnVirtualTime(clock, Handlers(clock), other, shop, modules=[module.of("shop")], young_death_seconds=0)
    async with at_work(on):
        with capture_logs() as lines:
            await asyncio.sleep(1)
        assert [line["reason"] for line in lines if line["event"] == "worker.ill"] == ["out of file descriptors"]
        assert on.leaving.status == ExitStatus.NOT_YET


@on_virtual_time
async def test_on_stop_comes_after_the_last_message_and_once_a_module(clock: ManualClock) -> None:
    module = Module(clock)
    first, second = queue_of(clock, 5, name="first")[1], queue_of(clock, 6, name="second")[1]
    on = WorkerOnVirtualTime(clock, Handlers(clock), first, second, modules=[module.of("first", "second")])
    async with at_work(on):
        await asyncio.sleep(1)
        on.signal(signal.SIGTERM)
        assert await on.ended() == 0
        assert module.times("on_start") == [0.0]
        [stopped] = module.times("on_stop")
        assert stopped >= 6.0


@on_virtual_time
async def test_on_stop_is_not_called_without_a_good_start(clock: ManualClock) -> None:
    module = Module(clock)
    module.start = lambda: raises(ValueError("no"))
    on = WorkerOnVirtualTime(clock, Handlers(clock), queue_of(clock)[1], modules=[module.of("orders")])
    async with at_work(on):
        await asyncio.sleep(1)
        on.signal(signal.SIGTERM)
        assert await on.ended() == 0
        assert module.times("on_stop") == []


@on_virtual_time
async def test_a_start_under_way_at_the_stop_is_awaited_and_then_stopped(clock: ManualClock) -> None:
    module = Module(clock)
    module.start = lambda: asyncio.sleep(3)
    on = WorkerOnVirtualTime(clock, Handlers(clock), queue_of(clock, 1)[1], modules=[module.of("orders")])
    async with at_work(on):
        await asyncio.sleep(1)
        on.signal(signal.SIGTERM)
        assert await on.ended() == 0
        assert (module.called, on.handlers.started) == ([("on_start", 0.0), ("on_stop", 3.0)], [])


@on_virtual_time
async def test_a_stop_that_hangs_is_given_five_seconds_beside_the_others(clock: ManualClock) -> None:
    hanging, good = Module(clock), Module(clock)
    hanging.stop = lambda: asyncio.sleep(3600)
    first, second = queue_of(clock, name="first")[1], queue_of(clock, name="second")[1]
    modules = [hanging.of("first"), good.of("second")]
    on = WorkerOnVirtualTime(clock, Handlers(clock), first, second, modules=modules, longest_wait_seconds=0)
    async with at_work(on):
        await asyncio.sleep(1)
        on.signal(signal.SIGTERM)
        with capture_logs() as logs:
            assert await on.ended() == 0
        [stopped] = good.times("on_stop")
        assert round(clock.mono() - hanging.begun_mono - stopped, 1) == STOP_SECONDS
        assert [line["seconds"] for line in logs if line["event"] == "hook.stop_unfinished"] == [STOP_SECONDS]


@on_virtual_time
async def test_on_stop_is_not_called_while_a_handler_of_the_module_still_runs(clock: ManualClock) -> None:
    busy, idle = Module(clock), Module(clock)
    first, second = queue_of(clock, 3600, name="first")[1], queue_of(clock, name="second")[1]
    handlers = Handlers(clock)
    handlers.clean_up_seconds = 3600
    modules = [busy.of("first"), idle.of("second")]
    on = WorkerOnVirtualTime(clock, handlers, first, second, modules=modules, drain_seconds=2)
    async with at_work(on):
        await asyncio.sleep(1)
        on.signal(signal.SIGTERM)
        with capture_logs() as logs:
            assert await on.ended() == 0
        assert (busy.times("on_stop"), len(idle.times("on_stop"))) == ([], 1)
        assert [line["reason"] for line in logs if line["event"] == "hook.stop_skipped"] == ["a handler still runs"]


@on_virtual_time
async def test_no_on_stop_is_called_beside_a_stuck_handler(clock: ManualClock) -> None:
    busy, idle = Module(clock), Module(clock)
    first, second = queue_of(clock, 3600, name="first")[1], queue_of(clock, name="second")[1]
    handlers = Handlers(clock, time_limit_seconds=1)
    modules = [busy.of("first"), idle.of("second")]
    on = WorkerOnVirtualTime(clock, handlers, first, second, modules=modules, drain_seconds=5)
    async with at_work(on):
        await asyncio.sleep(4)
        on.signal(signal.SIGTERM)
        assert await on.ended() == 70
        assert (busy.times("on_stop"), idle.times("on_stop")) == ([], [])
