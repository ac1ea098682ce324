"""A coroutine handler: the same outcomes as a function's, and an end at its time limit."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

import pytest

from doubles.virtual_loop import on_virtual_time, run
from punctuald.clock import ManualClock
from punctuald.errors import Discard, Reject, Retry
from punctuald.handler.invoke import CoroutineHandler
from punctuald.model import DONE, Message, Outcome, OutcomeKind

FAILED, RETRIED, DISCARDED = OutcomeKind.FAILED, OutcomeKind.RETRY, OutcomeKind.DISCARD


class Called:
    """A handler that was called with messages of these ids: its outcomes, and what it told as failures."""

    def __init__(
        self, function: Callable[..., Coroutine[Any, Any, Any]], *ids: str, batch: bool = False, limit: float = 0
    ) -> None:
        self.clock = ManualClock()
        self.told: list[tuple[BaseException, str]] = []
        self._handler = CoroutineHandler(function, batch=batch, time_limit_seconds=limit)
        messages = [message(message_id) for message_id in ids or ("m1",)]
        begun_mono = self.clock.mono()
        self.outcomes: Sequence[Outcome] = run(self._handler.handle(messages, self._failed), self.clock)
        self.seconds = self.clock.mono() - begun_mono

    def _failed(self, error: BaseException, of: Message) -> None:
        self.told.append((error, of.id))


def message(message_id: str) -> Message:
    return Message(message_id, "orders", "{}", "handle", 0.0, 0.0)


def raising(error: BaseException) -> Callable[[Any], Coroutine[Any, Any, Any]]:
    async def handle(_given: Any) -> None:
        await asyncio.sleep(0.5)
        raise error

    return handle


async def wait_an_hour(_message: Message) -> None:
    await asyncio.sleep(3_600)


def test_one_that_returns_is_done_whatever_it_returns_and_may_take_its_time_without_a_limit() -> None:
    called = Called(wait_an_hour)
    assert (called.outcomes, called.told) == ([DONE], [])
    assert called.seconds == pytest.approx(3_600)


@pytest.mark.parametrize(
    ("signal", "outcome"),
    [
        (Retry("busy", after_seconds=5), Outcome(OutcomeKind.RETRY, "busy", 5)),
        (Reject("no such order"), Outcome(OutcomeKind.REJECT, "no such order")),
        (Discard("old news"), Outcome(OutcomeKind.DISCARD, "old news")),
    ],
)
def test_a_signal_is_the_outcome_and_no_failure(signal: Exception, outcome: Outcome) -> None:
    called = Called(raising(signal))
    assert (called.outcomes, called.told) == ([outcome], [])


@pytest.mark.parametrize(
    "error", [ValueError("boom"), SystemExit(3), KeyboardInterrupt(), GeneratorExit(), TimeoutError("of its own")]
)
def test_whatever_it_raises_ends_only_itself_not_even_what_ends_processes(error: BaseException) -> None:
    called = Called(raising(error), limit=9)
    assert called.outcomes == [Outcome(FAILED, f"{type(error).__name__}: {error}")]
    assert called.told == [(error, "m1")]


def test_one_past_its_time_limit_is_cancelled_and_has_failed() -> None:
    ends: list[str] = []

    async def handle(_message: Message) -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ends.append("cancelled")

    called = Called(handle, limit=2.5)
    assert called.outcomes == [Outcome(FAILED, "TimeoutError: passed its time limit of 2.5 s and was cancelled")]
    assert ends == ["cancelled"]
    assert called.seconds == pytest.approx(2.5)
    [(error, _)] = called.told
    assert isinstance(error, TimeoutError)
    assert error.__traceback__ is not None  # the log shows where it was


def test_one_that_ends_in_its_own_way_when_its_time_is_over_has_still_failed_by_its_limit() -> None:
    async def handle(_message: Message) -> None:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            raise ConnectionError("half way") from None

    [outcome] = Called(handle, limit=1).outcomes
    assert outcome == Outcome(FAILED, "TimeoutError: passed its time limit of 1 s and was cancelled")


def test_one_that_finishes_though_its_time_is_over_is_done() -> None:
    async def handle(_message: Message) -> None:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            await asyncio.sleep(0)

    assert Called(handle, limit=1).outcomes[0].kind in {OutcomeKind.DONE, FAILED}


@on_virtual_time
async def test_one_that_is_cancelled_from_outside_says_so_and_tells_no_failure(clock: ManualClock) -> None:
    told: list[object] = []
    handler = CoroutineHandler(wait_an_hour, batch=False, time_limit_seconds=0)
    task = asyncio.create_task(handler.handle([message("m1")], lambda *failure: told.append(failure)))
    begun_mono = clock.mono()
    await asyncio.sleep(1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert told == []
    assert clock.mono() - begun_mono == pytest.approx(1)


def test_a_batch_says_of_each_message_what_became_of_it() -> None:
    async def handle(messages: list[Message]) -> dict[str, Exception]:
        assert [each.id for each in messages] == ["a", "b", "c"]
        return {"a": Retry(), "c": Discard()}

    called = Called(handle, *"abc", batch=True)
    assert [outcome.kind for outcome in called.outcomes] == [RETRIED, OutcomeKind.DONE, DISCARDED]


def test_a_batch_past_its_time_limit_has_failed_as_a_whole() -> None:
    called = Called(raising(ValueError("too late")), *"ab", batch=True, limit=0.1)
    assert [outcome.kind for outcome in called.outcomes] == [FAILED, FAILED]
    assert [message_id for _, message_id in called.told] == ["a", "b"]


def test_a_batch_that_returns_something_else_has_failed_as_a_whole_because_nobody_knows_what_it_did() -> None:
    async def handle(messages: list[Message]) -> list[str]:
        return [each.id for each in messages]

    called = Called(handle, *"ab", batch=True)
    assert [outcome.kind for outcome in called.outcomes] == [FAILED, FAILED]
    assert "not a list" in called.outcomes[0].reason


def test_time_in_which_the_process_stood_still_is_not_charged_to_a_coroutine() -> None:
    clock = ManualClock()
    handler = CoroutineHandler(wait_an_hour, batch=False, time_limit_seconds=10)
    begun_mono = clock.mono()
    handler.lost_seconds = lambda since_mono, until_mono: max(0.0, min(until_mono, begun_mono + 8) - since_mono)
    [outcome] = run(handler.handle([message("m1")], lambda _error, _message: None), clock)
    assert outcome.kind is FAILED
    assert clock.mono() - begun_mono == pytest.approx(18)
