"""What code that a handler runs can know of the call that it belongs to."""

from __future__ import annotations

import asyncio
import threading
from contextvars import ContextVar

import pytest

from doubles.delivery.deliveries import micro_batch
from doubles.delivery.real_threads import PATIENCE_SECONDS, Threads
from punctuald.delivery.run.current_call import Call, CallEnds, call_ends, current_call
from punctuald.handler.invoke import BatchHandler, MessageHandler
from punctuald.model import Message

bound: ContextVar[str] = ContextVar("bound", default="nothing")


def run_all(*ids: str, handler: MessageHandler | BatchHandler) -> None:
    """In one thread, one after another or together."""

    async def run() -> None:
        on = Threads(handler, slots=1)
        on.runner.run(micro_batch(*ids))
        await on.until(lambda: len(on.over) == 1)
        on.runner.cancel()

    asyncio.run(run())
    for thread in threading.enumerate():
        if thread.name.startswith("handler-"):
            thread.join(PATIENCE_SECONDS)


def test_each_message_has_a_context_of_its_own_which_names_it() -> None:
    seen: list[tuple[Call | None, str]] = []

    def handle(message: Message) -> None:
        seen.append((current_call.get(), bound.get()))
        bound.set(message.id)

    run_all("one", "two", handler=MessageHandler(handle))
    assert seen == [(("orders", "one", ()), "nothing"), (("orders", "two", ()), "nothing")]


def test_a_batch_is_named_by_its_first_message_and_all_others() -> None:
    seen: list[Call | None] = []
    run_all("one", "two", "three", handler=BatchHandler(lambda _: seen.append(current_call.get())))
    assert seen == [("orders", "one", ("two", "three"))]


@pytest.mark.parametrize("shape", [MessageHandler, BatchHandler])
def test_what_waits_for_the_end_of_a_call_is_done_once_at_its_end(shape: type[MessageHandler | BatchHandler]) -> None:
    done: list[str] = []

    def handle(_: object) -> None:
        call = current_call.get()
        assert call is not None
        call_ends.waiting[call] = lambda: done.append(call[1])
        assert done == []

    run_all("one", handler=shape(handle))
    assert (done, call_ends.waiting) == (["one"], {})


def test_the_end_of_a_call_that_nothing_waits_for_is_nothing() -> None:
    ends = CallEnds()
    ends.ended(("orders", "one", ()))
    assert ends.waiting == {}


def test_nobody_is_called_outside_of_a_call() -> None:
    assert current_call.get() is None
