"""Whatever a handler does, each of its messages gets an outcome, and nothing gets past the call."""

from __future__ import annotations

import errno
import math
from collections import UserDict
from typing import Any

import pytest

from punctuald.errors import Discard, Reject, Retry, Wait
from punctuald.handler.invoke import BatchHandler, MessageHandler
from punctuald.model import DONE, Message, Outcome, OutcomeKind

HUGE = pytest.param(10**400, id="huge")
"""A whole number that is beyond all floats."""


class Unprintable(Exception):
    """Some exceptions can't even say what they are."""

    def __str__(self) -> str:
        raise RuntimeError


class Failures:
    """Remembers what it was told."""

    def __init__(self) -> None:
        self.told: list[tuple[BaseException, str]] = []

    def __call__(self, error: BaseException, message: Message) -> None:
        self.told.append((error, message.id))


@pytest.fixture
def failures() -> Failures:
    return Failures()


def message(message_id: str = "m1", body: str = "{}") -> Message:
    return Message(message_id, "orders", body, "handle", 0.0, 0.0)


def raising(error: BaseException) -> MessageHandler:
    def handle(_message: Message) -> None:
        raise error

    return MessageHandler(handle)


def test_a_handler_that_returns_is_done_whatever_it_returns(failures: Failures) -> None:
    handler = MessageHandler(lambda message: message.id)
    assert handler.handle([message()], failures) == [DONE]
    assert failures.told == []


@pytest.mark.parametrize(
    ("signal", "outcome"),
    [
        (Retry("busy", after_seconds=5), Outcome(OutcomeKind.RETRY, "busy", 5)),
        (Retry(), Outcome(OutcomeKind.RETRY)),
        (Reject("no such order"), Outcome(OutcomeKind.REJECT, "no such order")),
        (Discard("old news"), Outcome(OutcomeKind.DISCARD, "old news")),
    ],
)
def test_a_signal_is_the_outcome_and_no_failure(signal: Exception, outcome: Outcome, failures: Failures) -> None:
    assert raising(signal).handle([message()], failures) == [outcome]
    assert failures.told == []


@pytest.mark.parametrize("error", [ValueError("boom"), SystemExit(3), KeyboardInterrupt(), GeneratorExit()])
def test_no_exception_gets_past_the_call_not_even_those_that_end_processes(
    error: BaseException, failures: Failures
) -> None:
    (outcome,) = raising(error).handle([message()], failures)
    assert outcome.kind is OutcomeKind.FAILED
    assert outcome.reason.startswith(type(error).__name__)
    assert failures.told == [(error, "m1")]


def test_an_exception_that_cannot_be_shown_is_still_only_a_failure(failures: Failures) -> None:
    (outcome,) = raising(Unprintable()).handle([message()], failures)
    assert outcome == Outcome(OutcomeKind.FAILED, "Unprintable: a Unprintable that can't be shown")


@pytest.mark.parametrize("reason", [ValueError("bad date"), Unprintable(), 7, None])
def test_a_reason_that_is_no_text_is_made_one(reason: Any, failures: Failures) -> None:
    (outcome,) = raising(Reject(reason)).handle([message()], failures)
    assert outcome.kind is OutcomeKind.REJECT
    assert isinstance(outcome.reason, str)
    assert outcome.reason


@pytest.mark.parametrize("seconds", ["soon", float("nan"), [1], HUGE, pytest.param(-(10**400), id="-huge")])
@pytest.mark.parametrize("name", ["after_seconds", "seconds", "until"])
def test_a_wait_that_is_no_time_is_a_failure_of_the_handler(name: str, seconds: Any, failures: Failures) -> None:
    signal = Retry("busy", after_seconds=seconds) if name == "after_seconds" else Wait(**{name: seconds})
    (outcome,) = raising(signal).handle([message()], failures)
    assert outcome.kind is OutcomeKind.FAILED
    assert len(failures.told) == 1


@pytest.mark.parametrize(
    ("signal", "seconds"),
    [
        (Retry(after_seconds=math.inf), 43_200),
        (Retry(after_seconds=10**300), 43_200),
        (Wait(seconds=math.inf), 43_200),
        (Wait(seconds=-math.inf), -43_200),
    ],
)
def test_a_time_that_no_source_can_wait_counts_as_the_longest_that_it_can(
    signal: Exception, seconds: float, failures: Failures
) -> None:
    assert raising(signal).handle([message()], failures)[0].after_seconds == seconds


def test_a_long_reason_is_cut_so_that_an_attribute_and_a_log_line_can_carry_it(failures: Failures) -> None:
    outcomes = [raising(error).handle([message()], failures)[0] for error in (Reject("x" * 999), ValueError("x" * 999))]
    assert [len(outcome.reason) for outcome in outcomes] == [300, 300]


def test_a_body_that_is_no_json_is_rejected_and_not_tried_again(failures: Failures) -> None:
    handler = MessageHandler(lambda message: message.json())
    assert handler.handle([message(body="{")], failures)[0].kind is OutcomeKind.REJECT


def test_a_batch_that_returns_nothing_is_done_as_a_whole(failures: Failures) -> None:
    seen: list[list[Message]] = []
    messages = [message("a"), message("b")]
    assert BatchHandler(seen.append).handle(messages, failures) == [DONE, DONE]
    assert seen == [messages]


def test_a_batch_says_of_each_message_what_became_of_it(failures: Failures) -> None:
    error = ValueError("boom")
    handler = BatchHandler(lambda _: {"a": Retry(), "c": error})
    kinds = [outcome.kind for outcome in handler.handle([message(name) for name in "abc"], failures)]
    assert kinds == [OutcomeKind.RETRY, OutcomeKind.DONE, OutcomeKind.FAILED]
    assert failures.told == [(error, "c")]


@pytest.mark.parametrize("result", [["a"], ("a",), object()])
def test_a_batch_that_returns_something_else_is_failed_as_a_whole_because_nobody_knows_what_it_did(
    result: object, failures: Failures
) -> None:
    outcomes = BatchHandler(lambda _: result).handle([message("a"), message("b")], failures)
    assert [outcome.kind for outcome in outcomes] == [OutcomeKind.FAILED] * 2
    assert type(result).__name__ in outcomes[0].reason


def test_what_a_batch_raises_holds_for_all_its_messages(failures: Failures) -> None:
    def handle(_messages: list[Message]) -> None:
        raise Retry("down", after_seconds=9)

    outcomes = BatchHandler(handle).handle([message("a"), message("b")], failures)
    assert outcomes == [Outcome(OutcomeKind.RETRY, "down", 9)] * 2


def test_an_entry_that_is_no_exception_fails_its_message_only(failures: Failures) -> None:
    outcomes = BatchHandler(lambda _: {"a": "later"}).handle([message("a"), message("b")], failures)
    assert [outcome.kind for outcome in outcomes] == [OutcomeKind.FAILED, OutcomeKind.DONE]


def test_a_batchs_result_that_cant_be_read_fails_the_whole_batch(failures: Failures) -> None:
    class Unreadable(UserDict[str, Exception]):
        def __getitem__(self, key: str) -> Exception:
            raise RuntimeError(f"no {key}")

    result = Unreadable({"a": Retry()})
    outcomes = BatchHandler(lambda _: result).handle([message("a"), message("b")], failures)
    assert [outcome.kind for outcome in outcomes] == [OutcomeKind.FAILED] * 2
    assert outcomes[0].reason == "RuntimeError: no a"


@pytest.mark.parametrize(("base", "kind"), [(Retry, OutcomeKind.RETRY), (Reject, OutcomeKind.REJECT)])
def test_a_signal_of_the_users_own_that_never_called_ours_still_is_one(
    base: type[Exception], kind: OutcomeKind, failures: Failures
) -> None:
    def init(self: Exception, order: str) -> None:
        Exception.__init__(self, f"order {order}")

    own = type("Own", (base,), {"__init__": init})

    def handle(_message: Message) -> None:
        raise own("7")

    assert MessageHandler(handle).handle([message()], failures) == [Outcome(kind, "order 7")]


def out_of_descriptors() -> OSError:
    return OSError(errno.EMFILE, "Too many open files")


def caused(error: BaseException) -> BaseException:
    error.__cause__ = out_of_descriptors()
    return error


@pytest.mark.parametrize("error", [out_of_descriptors(), caused(ConnectionError("away")), caused(Retry("away"))])
def test_an_outcome_says_what_the_process_had_run_out_of(error: BaseException, failures: Failures) -> None:
    [outcome] = raising(error).handle([message()], failures)
    assert outcome.illness == "out of file descriptors"


@pytest.mark.parametrize("error", [Reject("too large"), Discard("too large"), Wait(seconds=5)])
def test_what_a_handler_says_of_the_message_itself_stands_whatever_went_before(
    error: BaseException, failures: Failures
) -> None:
    [outcome] = raising(caused(error)).handle([message()], failures)
    assert outcome.illness == ""


def test_in_a_batch_each_is_judged_by_its_own_exception(failures: Failures) -> None:
    handler = BatchHandler(lambda _: {"m1": MemoryError(), "m2": ValueError("boom")})
    outcomes = handler.handle([message("m1"), message("m2")], failures)
    assert [outcome.illness for outcome in outcomes] == ["out of memory", ""]
