"""Handlers in real threads: outcomes come back, one wake-up for many, and what a thread has not begun is not its own."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Coroutine, Iterator, Sequence
from typing import Any

import pytest
import uvloop

from doubles.deliveries import Words, micro_batch
from punctuald.clock import SystemClock
from punctuald.delivery.run.handler_threads import HandlerThreads, Work
from punctuald.delivery.run.micro_batch import MicroBatch
from punctuald.errors import Reject
from punctuald.handler.invoke import BatchHandler, Handler, MessageHandler
from punctuald.model import Message, OutcomeKind
from punctuald.ports import HandlerPort

PATIENCE_SECONDS = 20.0


class Threads:
    """Handler threads on the running loop, and what came back of them."""

    def __init__(self, handler: HandlerPort, slots: int = 2) -> None:
        self.words = [Words() for _ in range(slots)]
        self.failures: list[str] = []
        self.wake_ups: list[list[MicroBatch]] = []
        self.errors: list[BaseException] = []
        self.came = asyncio.Event()
        self.runner = HandlerThreads({0: Work("orders", handler, 5.0)}, self.words, SystemClock(), self._failed)
        asyncio.get_running_loop().set_exception_handler(self._broke)
        self.runner.start(self._ended)

    async def until(self, is_so: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not is_so():
                self.came.clear()
                await self.came.wait()

    @property
    def over(self) -> list[MicroBatch]:
        return [batch for batches in self.wake_ups for batch in batches]

    def _ended(self, batches: Sequence[MicroBatch]) -> None:
        self.wake_ups.append(list(batches))
        self.came.set()

    def _failed(self, error: BaseException, message: Message) -> None:
        self.failures.append(f"{message.id}: {error}")

    def _broke(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        self.errors.append(context["exception"])
        self.came.set()


@pytest.fixture(params=[asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def run(request: pytest.FixtureRequest) -> Iterator[Callable[[Coroutine[Any, Any, None]], None]]:
    """Runs a coroutine on each loop; no thread of it outlives the test, for the next one may want to fork."""

    def run_it(coroutine: Coroutine[Any, Any, None]) -> None:
        with asyncio.Runner(loop_factory=request.param) as runner:
            runner.run(coroutine)

    yield run_it
    for thread in threading.enumerate():
        if thread.name.startswith("handler-"):
            thread.join(PATIENCE_SECONDS)
            assert not thread.is_alive()


Run = Callable[[Coroutine[Any, Any, None]], None]


def by_id(batch: MicroBatch) -> dict[str, OutcomeKind]:
    return {item.id: item.outcome.kind for item in batch.take_finished() if item.outcome is not None}


def test_each_message_has_its_own_outcome_and_its_own_times(run: Run) -> None:
    def handle(message: Message) -> None:
        if message.id == "bad":
            raise ValueError("boom")
        if message.id == "wrong":
            raise Reject("no such order")

    async def tell() -> None:
        on = Threads(MessageHandler(handle))
        batch = micro_batch("good", "bad", "wrong")
        items = list(batch.unbegun)
        on.runner.run(batch)
        assert on.runner.idle == 1
        await on.until(lambda: len(on.over) == 1)
        assert by_id(batch) == {"good": OutcomeKind.DONE, "bad": OutcomeKind.FAILED, "wrong": OutcomeKind.REJECT}
        assert on.failures == ["bad: boom"]
        assert on.runner.idle == 2
        times = [mono for item in items for mono in (item.started_mono, item.finished_mono)]
        assert times == sorted(time for time in times if time is not None)
        assert batch.ended_mono >= (items[-1].finished_mono or 0.0)
        on.runner.cancel()

    run(tell())


def test_a_batch_handler_has_all_of_them_in_one_call(run: Run) -> None:
    calls: list[list[str]] = []

    def handle(messages: list[Message]) -> dict[str, Exception]:
        calls.append([message.id for message in messages])
        return {"b": Reject("no such order")}

    async def tell() -> None:
        on = Threads(BatchHandler(handle))
        batch = micro_batch("a", "b", "c")
        on.runner.run(batch)
        await on.until(lambda: len(on.over) == 1)
        assert calls == [["a", "b", "c"]]
        assert by_id(batch) == {"a": OutcomeKind.DONE, "b": OutcomeKind.REJECT, "c": OutcomeKind.DONE}
        on.runner.cancel()

    run(tell())


def test_many_that_end_before_the_loop_looks_cost_one_wake_up(run: Run) -> None:
    ended = threading.Semaphore(0)

    def handle(_message: Message) -> None:
        ended.release()

    async def tell() -> None:
        on = Threads(MessageHandler(handle), slots=4)
        for number in range(4):
            on.runner.run(micro_batch(str(number)))
        for _ in range(4):  # the loop is busy meanwhile
            assert ended.acquire(timeout=PATIENCE_SECONDS)
        await on.until(lambda: len(on.over) == 4)
        assert len(on.wake_ups) <= 2  # the last handler returned, but its thread may not have come to say so
        on.runner.cancel()

    run(tell())


def test_none_is_forgotten_however_wake_ups_and_ends_meet(run: Run) -> None:
    async def tell() -> None:
        on = Threads(MessageHandler(lambda _: None), slots=4)
        given = 0
        while given < 2_000:
            while on.runner.idle and given < 2_000:
                on.runner.run(micro_batch(str(given)))
                given += 1
            await on.until(lambda: on.runner.idle > 0)
        await on.until(lambda: len(on.over) == 2_000)
        ids = [item.id for batch in on.over for item in batch.take_finished()]
        assert sorted(ids, key=int) == [str(number) for number in range(2_000)]
        on.runner.cancel()

    run(tell())


def test_what_a_thread_has_not_begun_can_be_taken_back_and_what_it_finished_too(run: Run) -> None:
    at_slow, go_on = threading.Event(), threading.Event()

    def handle(message: Message) -> None:
        if message.id == "slow":
            at_slow.set()
            assert go_on.wait(PATIENCE_SECONDS)

    async def tell() -> None:
        on = Threads(MessageHandler(handle))
        batch = micro_batch("quick", "slow", "behind 1", "behind 2")
        on.runner.run(batch)
        assert at_slow.wait(PATIENCE_SECONDS)
        assert [item.id for item in batch.take_unbegun()] == ["behind 1", "behind 2"]
        assert by_id(batch) == {"quick": OutcomeKind.DONE}
        assert [(each.message_id, each.queue, each.time_limit_seconds) for each in on.runner.running()] == [
            ("slow", "orders", 5.0)
        ]
        go_on.set()
        await on.until(lambda: len(on.over) == 1)
        assert by_id(batch) == {"slow": OutcomeKind.DONE}
        assert on.runner.running() == []
        on.runner.cancel()

    run(tell())


def test_what_runs_is_on_the_board_before_it_begins_and_off_it_when_it_ends(run: Run) -> None:
    seen: list[str] = []

    async def tell() -> None:
        on = Threads(MessageHandler(lambda _: seen.append(on.words[0].now)), slots=1)
        on.runner.run(micro_batch("a", "b"))
        await on.until(lambda: len(on.over) == 1)
        assert seen == ["a", "b"]
        assert on.words[0].now == ""
        on.runner.cancel()

    run(tell())


def test_what_was_given_back_in_order_is_taken_off_the_board_and_what_is_to_blame_stays(run: Run) -> None:
    go_on, begun = threading.Event(), threading.Semaphore(0)

    def handle(_message: Message) -> None:
        begun.release()
        assert go_on.wait(PATIENCE_SECONDS)

    async def tell() -> None:
        on = Threads(MessageHandler(handle))
        on.runner.run(micro_batch("innocent"))
        on.runner.run(micro_batch("stuck"))
        for _ in range(2):
            assert begun.acquire(timeout=PATIENCE_SECONDS)
        kept = [running for running in on.runner.running() if running.message_id == "stuck"]
        on.runner.clear_running(kept)
        assert sorted(words.now for words in on.words) == ["", "stuck"]
        go_on.set()
        await on.until(lambda: len(on.over) == 2)
        on.runner.cancel()

    run(tell())


class Broken(Handler):
    """Ours, and wrong."""

    def call(self, messages: Sequence[Message]) -> Any:  # noqa: ARG002  # the port's
        return None

    def handle_one(self, message: Message, on_failure: Any) -> Any:  # noqa: ARG002  # the port's
        raise RuntimeError("a fault of our own")


def test_a_fault_of_our_own_is_heard_by_the_loop(run: Run) -> None:
    async def tell() -> None:
        on = Threads(Broken(), slots=1)
        on.runner.run(micro_batch("a"))
        await on.until(lambda: bool(on.errors))
        assert [str(error) for error in on.errors] == ["a fault of our own"]

    run(tell())


def test_idle_threads_end_when_their_time_is_over_and_one_that_runs_ends_after_it(run: Run) -> None:
    go_on, begun = threading.Event(), threading.Event()

    def handle(_message: Message) -> None:
        begun.set()
        assert go_on.wait(PATIENCE_SECONDS)

    async def tell() -> None:
        on = Threads(MessageHandler(handle), slots=3)
        on.runner.run(micro_batch("slow"))
        assert begun.wait(PATIENCE_SECONDS)
        on.runner.cancel()
        go_on.set()
        await on.until(lambda: len(on.over) == 1)

    run(tell())  # the fixture joins them all


FORKING = """
import asyncio, os, sys

from doubles.deliveries import Words, micro_batch
from punctuald.clock import SystemClock
from punctuald.delivery.run.{module} import {runner}, {work}
from punctuald.handler.invoke import {handler}

children = []

{async_}def handle(message):
    if message.id == "forks":
        children.append(os.fork())

async def main():
    over = asyncio.Event()
    batch = micro_batch({ids})
    runner = {runner}({{0: {work}("orders", {make}, 0)}}, [Words()], SystemClock(), lambda *_: None)
    runner.start(lambda _: over.set())
    runner.run(batch)
    await asyncio.wait_for(over.wait(), 20)
    print(len(batch.take_finished()), os.waitstatus_to_exitcode(os.waitpid(children[0], 0)[1]), flush=True)
    os._exit(0)

asyncio.run(main())
"""


@pytest.mark.parametrize("coroutines", [False, True])
def test_a_fork_that_comes_back_out_of_its_handler_ends_and_settles_nothing(coroutines: bool) -> None:
    """In a process of its own, for that one forks among threads."""
    fields = (
        {
            "module": "coroutine_loop",
            "runner": "CoroutineLoop",
            "work": "CoroutineWork",
            "handler": "CoroutineHandler",
            "make": "CoroutineHandler(handle, batch=False, time_limit_seconds=0)",
            "async_": "async ",
            "ids": '"forks"',
        }
        if coroutines
        else {
            "module": "handler_threads",
            "runner": "HandlerThreads",
            "work": "Work",
            "handler": "MessageHandler",
            "make": "MessageHandler(handle)",
            "async_": "",
            "ids": '"forks", "behind"',
        }
    )
    script = FORKING.format(**fields)
    ran = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert (ran.stdout.strip(), ran.returncode) == ("1 0" if coroutines else "2 0", 0), ran.stderr
