"""Handlers in real threads: outcomes come back, one wake-up for many, and what is not begun can be taken back."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator, Sequence
from typing import Any

import pytest
import uvloop

from doubles.delivery.deliveries import micro_batch
from doubles.delivery.real_threads import PATIENCE_SECONDS, Threads
from punctuald.delivery.run.micro_batch import MicroBatch
from punctuald.errors import Reject, Unavailable
from punctuald.handler.invoke import BatchHandler, Handler, MessageHandler
from punctuald.model import Message, OutcomeKind


def join_handlers() -> None:
    for thread in threading.enumerate():
        if thread.name.startswith("handler-"):
            thread.join(PATIENCE_SECONDS)
            assert not thread.is_alive()


@pytest.fixture(params=[asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def run(request: pytest.FixtureRequest) -> Iterator[Callable[[Coroutine[Any, Any, None]], None]]:
    """Runs a coroutine on each loop; no thread of it outlives the test, for the next one may want to fork."""

    def run_it(coroutine: Coroutine[Any, Any, None]) -> None:
        with asyncio.Runner(loop_factory=request.param) as runner:
            runner.run(coroutine)

    yield run_it
    join_handlers()


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
        items = list(batch.unstarted)
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


def test_while_a_batch_handler_runs_the_board_and_whoever_asks_know_of_all_its_messages(run: Run) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def handle(_messages: list[Message]) -> None:
        begun.set()
        go_on.wait(PATIENCE_SECONDS)

    async def tell() -> None:
        on = Threads(BatchHandler(handle), slots=1)
        on.runner.run(micro_batch("a", "b", "c"))
        await asyncio.to_thread(begun.wait, PATIENCE_SECONDS)
        assert [running.message_ids for running in on.runner.running()] == [("a", "b", "c")]
        assert on.words[0].now == "a b c"
        go_on.set()
        await on.until(lambda: len(on.over) == 1)
        assert (on.runner.running(), on.words[0].now) == ([], "")
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
    async def tell() -> None:
        on = Threads(MessageHandler(lambda _: None), slots=4)
        for number in range(4):
            on.runner.run(micro_batch(str(number)))
        on.runner.cancel()
        join_handlers()  # the loop is busy meanwhile
        await on.until(lambda: len(on.over) == 4)
        assert [len(batches) for batches in on.wake_ups] == [4]

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
        assert [item.id for item in batch.take_unstarted()] == ["behind 1", "behind 2"]
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


def test_threads_take_turns_but_the_one_that_found_a_downstream_away_is_the_next(run: Run) -> None:
    ran: list[str] = []

    def handle(message: Message) -> None:
        ran.append(threading.current_thread().name)
        if message.id == "away":
            raise Unavailable("postgres")

    async def tell() -> None:
        on = Threads(MessageHandler(handle))
        for number, message_id in enumerate(("a", "b", "c", "away", "away", "away", "d", "e"), start=1):
            on.runner.run(micro_batch(message_id))
            await on.until(lambda number=number: len(on.over) == number)  # type: ignore[misc]
        on.runner.cancel()

    run(tell())
    first, second = ran[:2]
    assert first != second
    assert ran == [first, second, first, second, second, second, second, first]
