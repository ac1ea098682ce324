"""A module's hooks in its author's own tests."""

from __future__ import annotations

import asyncio
import sys
from types import ModuleType
from typing import Any

import pytest

from punctuald import Message, WorkerInfo
from punctuald.errors import ConfigurationError
from punctuald.testing import MemoryQueue, run_handler, started


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    made = ModuleType("shop_under_test")
    monkeypatch.setitem(sys.modules, made.__name__, made)
    return made


def put(module: ModuleType, **functions: Any) -> None:
    for name, function in functions.items():
        function.__module__ = module.__name__
        setattr(module, name, function)


def test_coroutines_share_the_hooks_event_loop_within_the_block_only(module: ModuleType) -> None:
    loops: list[asyncio.AbstractEventLoop] = []

    async def on_start() -> None:
        loops.append(asyncio.get_running_loop())

    async def handle(_message: Message) -> None:
        loops.append(asyncio.get_running_loop())

    async def on_stop() -> None:
        loops.append(asyncio.get_running_loop())

    put(module, on_start=on_start, handle=handle, on_stop=on_stop)
    queue = MemoryQueue()
    queue.send("a")
    with started(handle):
        run_handler("shop_under_test:handle", "b")
        queue.drain(handle)
    run_handler(handle, "c")
    assert len(loops) == 5
    assert len(set(loops[:4])) == 1
    assert loops[4] is not loops[0]


def test_a_start_that_raises_comes_out_and_is_not_stopped(module: ModuleType) -> None:
    def on_start(worker: WorkerInfo) -> None:
        raise ConnectionError(str(worker.index))

    def on_stop() -> None:
        raise AssertionError("it never started")

    def handle(message: Message) -> None:
        raise AssertionError(message)

    put(module, on_start=on_start, handle=handle, on_stop=on_stop)
    with pytest.raises(ConnectionError, match="7"), started(handle, worker=WorkerInfo(index=7, slots=1)):
        raise AssertionError("it never started")


def test_a_failing_test_still_stops_the_module(module: ModuleType) -> None:
    stopped: list[bool] = []

    def on_stop() -> None:
        stopped.append(True)

    def handle(message: Message) -> None:
        raise AssertionError(message)

    put(module, handle=handle, on_stop=on_stop)
    with pytest.raises(ZeroDivisionError), started(handle):
        raise ZeroDivisionError
    assert stopped == [True]


def test_a_hook_that_the_daemon_would_refuse_is_refused(module: ModuleType) -> None:
    def on_start(worker: WorkerInfo, extra: int) -> None:
        raise AssertionError(worker, extra)

    def handle(message: Message) -> None:
        raise AssertionError(message)

    put(module, on_start=on_start, handle=handle)
    with pytest.raises(ConfigurationError, match=r"shop_under_test\.on_start must take"), started(handle):
        raise AssertionError("it never started")
