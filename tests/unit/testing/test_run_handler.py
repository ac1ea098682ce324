"""`run_handler`: what a handler's author sees of one call."""

from __future__ import annotations

import asyncio
import dataclasses
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from punctuald import Discard, Message, Reject, Retry
from punctuald.errors import ConfigurationError
from punctuald.handler.result import NotRunError
from punctuald.testing import Result, message, run_handler

HERE = Path(__file__).parent


def raise_what_the_body_says(given: Message) -> None:
    errors: dict[str, BaseException] = {
        "retry": Retry("busy", after_seconds=30),
        "retry usual": Retry(),
        "reject": Reject("no such customer"),
        "discard": Discard("a test order"),
        "failed": ValueError("boom"),
        "exit": SystemExit(3),
    }
    if given.body in errors:
        raise errors[given.body]


async def as_a_coroutine(given: Message) -> None:
    await asyncio.sleep(0)
    raise_what_the_body_says(given)


def as_a_batch(given: list[Message]) -> dict[str, BaseException]:
    return {each.id: error for each in given if (error := what_it_raises(each)) is not None}


async def as_a_coroutine_batch(given: Sequence[Message]) -> dict[str, BaseException]:
    await asyncio.sleep(0)
    return as_a_batch(list(given))


def what_it_raises(given: Message) -> BaseException | None:
    try:
        raise_what_the_body_says(given)
    except BaseException as error:  # noqa: BLE001 - SystemExit is one of them
        return error
    return None


SHAPES = [raise_what_the_body_says, as_a_coroutine, as_a_batch, as_a_coroutine_batch]
CASES = [
    ("fine", "done", "", None, None),
    ("retry", "retry", "busy", 30, Retry),
    ("retry usual", "retry", "", None, Retry),
    ("reject", "reject", "no such customer", None, Reject),
    ("discard", "discard", "a test order", None, Discard),
    ("failed", "failed", "ValueError: boom", None, ValueError),
    ("exit", "failed", "SystemExit: 3", None, SystemExit),
]


@pytest.mark.parametrize("handler", SHAPES)
def test_every_shape_of_a_handler_shows_every_outcome_and_the_exception_itself(handler: Callable[..., object]) -> None:
    results = run_handler(handler, *[body for body, *_ in CASES])

    seen = [(each.message.body, each.kind.value, each.reason, each.after_seconds, type(each.error)) for each in results]
    assert seen == [(*case[:4], type(None) if case[4] is None else case[4]) for case in CASES]


def test_what_a_batch_handler_raises_holds_for_all_of_its_messages() -> None:
    error = OSError("no database")

    def handle(given: list[Message]) -> None:  # noqa: ARG001 - its annotation makes it a batch handler
        raise error

    results = run_handler(handle, "a", "b")

    assert [(each.kind.value, each.error) for each in results] == [("failed", error), ("failed", error)]


def test_a_batch_handler_gets_as_many_as_its_batch_size_says() -> None:
    calls: list[list[str]] = []

    def handle(given: list[Message]) -> None:
        calls.append([each.body for each in given])

    run_handler(handle, "a", "b", "c", batch_size=2)

    assert calls == [["a", "b"], ["c"]]


def test_a_generator_that_a_batch_handler_returns_is_a_failure_as_in_the_daemon() -> None:
    def handle(given: list[Message]) -> object:
        return (each for each in given)

    [result] = run_handler(handle, "a")

    assert (result.kind.value, type(result.error)) == ("failed", NotRunError)


def test_a_coroutine_that_passes_its_time_limit_is_cancelled_and_has_failed() -> None:
    cleaned_up: list[str] = []

    async def handle(given: Message) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cleaned_up.append(given.body)

    [result] = run_handler(handle, "slow", time_limit_seconds=0.1)

    assert (result.kind.value, type(result.error), cleaned_up) == ("failed", TimeoutError, ["slow"])
    assert "time limit of 0.1 s" in result.reason


def test_a_coroutine_that_cancels_itself_has_failed() -> None:
    async def handle(given: Message) -> None:  # noqa: ARG001
        raise asyncio.CancelledError

    [result] = run_handler(handle, "a")

    assert (result.kind.value, result.reason) == ("failed", "cancelled")


def test_all_coroutines_of_a_call_share_one_fresh_loop() -> None:
    loops: list[asyncio.AbstractEventLoop] = []

    async def handle(given: Message) -> None:  # noqa: ARG001
        loops.append(asyncio.get_running_loop())

    run_handler(handle, "a", "b")
    run_handler(handle, "c")

    assert loops[0] is loops[1] is not loops[2]
    assert all(loop.is_closed() for loop in loops)


def test_a_function_may_run_an_event_loop_of_its_own() -> None:
    [result] = run_handler(lambda _: asyncio.run(asyncio.sleep(0)), "a")

    assert result.kind == "done"


def test_a_message_is_given_to_the_handler_as_it_is() -> None:
    got: list[Message] = []
    given = message("a", tries=4, group="g", attributes={"x": "y"})

    [result] = run_handler(got.append, given)

    assert got == [given]
    assert (result.message, result.tries) == (given, 4)


def test_a_body_that_is_no_text_is_json() -> None:
    got: list[object] = []

    run_handler(lambda given: got.append(given.json()), {"id": 7}, [1, None])

    assert got == [{"id": 7}, [1, None]]


def test_a_result_cannot_be_changed() -> None:
    [result] = run_handler(lambda _: None, "a")

    with pytest.raises(dataclasses.FrozenInstanceError):
        result.reason = "another"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("spec", "reason"), [("handlers_by_name:handle", "no id"), ("handlers_by_name:Shop.handle", "the shop is closed")]
)
def test_a_handler_may_be_named_as_in_the_configuration(
    spec: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))

    [result] = run_handler(spec, {}, handler_path=HERE)

    assert (result.kind.value, result.reason[: len(reason)]) == ("reject", reason)


@pytest.mark.parametrize("spec", ["no_such_module:handle", "handlers_by_name:no_such_function"])
def test_a_name_that_leads_nowhere_is_refused_as_the_daemon_refuses_it(
    spec: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))

    with pytest.raises(ConfigurationError, match=f"the test: handler '{spec}' can't be"):
        run_handler(spec, "a", handler_path=HERE)


def test_inside_a_running_event_loop_it_says_what_to_do_instead() -> None:
    async def test() -> list[Result]:
        with pytest.raises(RuntimeError, match=r"asyncio\.to_thread"):
            run_handler(as_a_coroutine, "fine")
        return await asyncio.to_thread(run_handler, as_a_coroutine, "fine")

    [result] = asyncio.run(test())

    assert result.kind == "done"


@pytest.mark.parametrize(
    ("bodies", "options", "error"),
    [
        ((), {}, ValueError),
        (("a",), {"batch_size": 0}, ValueError),
        (("a",), {"batch_size": 11}, ValueError),
        (("a",), {"time_limit_seconds": 0}, ValueError),
        (("a",), {"time_limit_seconds": float("nan")}, ValueError),
        ((object(),), {}, TypeError),
    ],
)
def test_what_the_daemon_could_not_do_is_refused(
    bodies: tuple[object, ...], options: dict[str, float], error: type[Exception]
) -> None:
    with pytest.raises(error):
        run_handler(raise_what_the_body_says, *bodies, **options)  # type: ignore[arg-type]


def test_a_handler_that_cannot_be_called_is_refused() -> None:
    with pytest.raises(TypeError, match="not a int"):
        run_handler(7, "a")  # type: ignore[arg-type]


def test_messages_have_ids_of_their_own_and_the_defaults_of_a_first_try() -> None:
    first, second = message("a"), message("b")

    assert first.id != second.id
    assert (first.tries, first.group, dict(first.attributes), first.received_utc - first.sent_utc) == (1, None, {}, 0.0)


def test_what_a_message_is_made_of_is_what_it_has() -> None:
    made = message("a", id="m", attributes={"x": "y"}, group="g", tries=3, sent_utc=5.0, queue="orders")

    assert (made.id, made.body, made.group, made.tries, made.sent_utc, made.queue) == ("m", "a", "g", 3, 5.0, "orders")
    assert dict(made.attributes) == {"x": "y"}


def test_there_is_no_try_before_the_first() -> None:
    with pytest.raises(ValueError, match="number 1"):
        message("a", tries=0)
