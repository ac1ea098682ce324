"""A message is deleted only if its handler's work is done: what a handler returns may say that it is not."""

from __future__ import annotations

import asyncio
import csv
import itertools
import sqlite3
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterator
from concurrent.futures import Future
from functools import partial
from io import StringIO
from multiprocessing.pool import ThreadPool
from typing import Any

import pytest

from captured_logs import capture_logs
from punctuald.errors import Reject, Retry
from punctuald.handler.invoke import BatchHandler, CoroutineHandler, MessageHandler
from punctuald.model import DONE, Message, Outcome, OutcomeKind

FAILED = OutcomeKind.FAILED


def message(message_id: str = "m1") -> Message:
    return Message(message_id, "orders", "the body", "handle", 0.0, 0.0)


def generator() -> Iterator[int]:
    yield 1


async def async_generator() -> AsyncIterator[int]:
    yield 1


class OwnGenerator(Generator[int, None, None]):
    """As compilers of Python make them: of no type that the interpreter knows."""

    def send(self, _: None) -> int:
        return 1

    def throw(self, *_: Any) -> int:
        raise StopIteration


def wrapper(work: Callable[[Message], Any], each: Message) -> Any:
    return work(each)


def of_a_pool() -> Any:
    with ThreadPool(1) as pool:
        return pool.apply_async(int)


NOT_RUN: list[tuple[str, Callable[[], Any]]] = [
    ("generator", generator),
    ("async generator", async_generator),
    ("map", lambda: map(int, "1")),
    ("filter", lambda: filter(None, generator())),
    ("zip", lambda: zip(generator())),
    ("enumerate", lambda: enumerate(generator())),
    ("generator of its own making", OwnGenerator),
    ("chain", lambda: itertools.chain([1])),
    ("function", lambda: generator),
    ("bound method", lambda: "text".upper),
    ("partial", lambda: partial(int, "1")),
    ("future", Future),
    ("result of a pool", of_a_pool),
]


@pytest.mark.parametrize(("name", "make"), NOT_RUN, ids=lambda value: value if isinstance(value, str) else "")
def test_work_that_nobody_would_do_fails_its_message_whatever_the_shape_of_the_handler(
    name: str, make: Callable[[], Any]
) -> None:
    failures: list[str] = []

    def on_failure(error: BaseException, _: Message) -> None:
        failures.append(str(error))

    async def coroutine(_: Message) -> Any:
        return make()

    outcomes = [
        MessageHandler(lambda _: make()).handle_one(message(), on_failure),
        *BatchHandler(lambda _: make()).handle([message("a")], on_failure),
        *asyncio.run(CoroutineHandler(coroutine, batch=False, time_limit_seconds=0).handle([message()], on_failure)),
    ]
    assert [outcome.kind for outcome in outcomes] == [FAILED] * 3, name
    assert all("the handler returned a" in each for each in failures)


DONE_ALREADY = [0, "ok", {"status": 200}, [1], object(), StringIO("a file"), iter([1]), csv.reader([])]


@pytest.mark.parametrize(
    "result", [*DONE_ALREADY, sqlite3.connect(":memory:").execute("SELECT 1")], ids=lambda result: type(result).__name__
)
def test_any_other_result_is_ignored_and_said_once_a_handler(result: object, failures: list[str]) -> None:
    handler = MessageHandler(lambda _: result)
    with capture_logs() as lines:
        assert [handler.handle_one(message(), failures.append) for _ in range(3)] == [DONE] * 3  # type: ignore[arg-type]
    [line] = lines
    assert (line["event"], line["queue"], line["type"]) == ("handler.result_ignored", "orders", type(result).__name__)


@pytest.fixture
def failures() -> list[str]:
    return []


class TestAwaitables:
    """A plain function that returns a coroutine has done nothing until that is awaited."""

    def test_it_is_awaited_in_the_thread_of_its_handler_and_its_result_counts(self) -> None:
        ran: list[str] = []

        async def work(each: Message) -> None:
            await asyncio.sleep(0)
            ran.append(f"{each.id} in {threading.current_thread().name}")

        handler = MessageHandler(partial(wrapper, work))
        with capture_logs() as lines:
            assert handler.handle_one(message(), lambda *_: None) == DONE
        assert ran == [f"m1 in {threading.current_thread().name}"]
        assert [line["event"] for line in lines] == ["handler.result_awaited"]

    def test_what_it_raises_is_the_handlers(self) -> None:
        async def work() -> None:
            raise Retry("later", after_seconds=3)

        outcome = MessageHandler(lambda _: work()).handle_one(message(), lambda *_: None)
        assert outcome == Outcome(OutcomeKind.RETRY, "later", 3)

    def test_past_its_time_limit_it_is_cancelled_and_has_failed(self) -> None:
        async def work() -> None:
            await asyncio.sleep(3_600)

        outcome = MessageHandler(lambda _: work(), time_limit_seconds=0.01).handle_one(message(), lambda *_: None)
        assert (outcome.kind, outcome.reason.startswith("TimeoutError")) == (FAILED, True)

    def test_a_coroutine_that_returns_a_coroutine_is_awaited_to_the_end(self) -> None:
        ran: list[str] = []

        async def inner() -> None:
            ran.append("inner")

        async def outer(_: Message) -> Awaitable[None]:
            return inner()

        handler = CoroutineHandler(outer, batch=False, time_limit_seconds=0)
        assert asyncio.run(handler.handle([message()], lambda *_: None)) == [DONE]
        assert ran == ["inner"]


class TestBatches:
    """Partial success, in our words or in Lambda's."""

    def test_lambdas_batch_item_failures_fail_those_and_no_others(self) -> None:
        handler = BatchHandler(lambda _: {"batchItemFailures": [{"itemIdentifier": "b"}]})
        outcomes = handler.handle([message("a"), message("b"), message("c")], lambda *_: None)
        assert [outcome.kind for outcome in outcomes] == [OutcomeKind.DONE, FAILED, OutcomeKind.DONE]

    @pytest.mark.parametrize("result", [{"batchItemFailures": []}, {}, None, True, 7, "done"], ids=repr)
    def test_a_result_that_names_none_is_a_success_of_all(self, result: object) -> None:
        assert BatchHandler(lambda _: result).handle([message("a")], lambda *_: None) == [DONE]

    @pytest.mark.parametrize(
        "result",
        [
            {"stranger": Reject("not ours")},
            {"a": Reject("ours"), "stranger": None},
            {"batchItemFailures": [{"itemIdentifier": "stranger"}]},
            {"batchItemFailures": [{"id": "a"}]},
            {"batchItemFailures": None},
            ["a"],
        ],
        ids=repr,
    )
    def test_what_can_not_be_understood_fails_the_batch_and_deletes_nothing(self, result: object) -> None:
        outcomes = BatchHandler(lambda _: result).handle([message("a"), message("b")], lambda *_: None)
        assert [outcome.kind for outcome in outcomes] == [FAILED] * 2
