"""A handler says that what it calls is away: by `Unavailable`, or by an exception that its queue's `down_on` names."""

from __future__ import annotations

import errno
import math
import sys
from functools import partial
from types import ModuleType
from typing import Any

import pytest

from punctuald import Unavailable
from punctuald.handler.invoke import BatchHandler, MessageHandler
from punctuald.handler.outcome import outcome_of
from punctuald.model import DONE, Message, Outcome, OutcomeKind


class Failures(list[BaseException]):
    def __call__(self, error: BaseException, _: Message) -> None:
        self.append(error)


class Lost(ConnectionError):
    """A type of the test's own, as a driver has."""


def message(message_id: str = "m1") -> Message:
    return Message(message_id, "orders", "{}", "handle", 0.0, 0.0)


def outcome(error: BaseException, *down_on: str) -> tuple[Outcome, Failures]:
    def handle(_: Message) -> None:
        raise error

    handler, failures = MessageHandler(handle), Failures()
    handler.judge = partial(outcome_of, down_on=down_on)
    return handler.handle_one(message(), failures), failures


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (Unavailable(), Outcome(OutcomeKind.UNAVAILABLE)),
        (Unavailable("postgres"), Outcome(OutcomeKind.UNAVAILABLE, downstream="postgres")),
        (
            Unavailable("postgres", "in recovery", retry_after=5),
            Outcome(OutcomeKind.UNAVAILABLE, "in recovery", 5, downstream="postgres"),
        ),
    ],
)
def test_it_says_what_is_away_why_and_when_to_ask_again(error: Unavailable, expected: Outcome) -> None:
    assert outcome(error) == (expected, [])


@pytest.mark.parametrize("after", [math.nan, "soon", pytest.param(10**400, id="huge")])
def test_a_time_that_is_none_makes_it_an_ordinary_failure(after: Any) -> None:
    said, failures = outcome(Unavailable("postgres", retry_after=after))
    assert said.kind is OutcomeKind.FAILED
    assert len(failures) == 1


@pytest.mark.parametrize(
    ("error", "name"),
    [
        (Lost("gone"), f"{__name__}.Lost"),
        (Lost("gone"), "builtins.ConnectionError"),
        (Lost("gone"), "ConnectionError"),
        (Lost("gone"), "OSError"),
        (TimeoutError(), "TimeoutError"),
    ],
)
def test_a_type_that_is_named_or_one_that_derives_from_it_says_the_same(error: BaseException, name: str) -> None:
    said, failures = outcome(error, "redis.ConnectionError", name)
    assert (said.kind, said.downstream, failures) == (OutcomeKind.UNAVAILABLE, name, [])
    assert said.reason.startswith(type(error).__name__)


def test_a_type_may_be_named_as_it_is_imported_and_not_only_as_it_was_defined(monkeypatch: pytest.MonkeyPatch) -> None:
    driver = ModuleType("driver")
    monkeypatch.setattr(driver, "OperationalError", Lost, raising=False)
    monkeypatch.setitem(sys.modules, "driver", driver)
    assert outcome(Lost("gone"), "driver.OperationalError")[0].kind is OutcomeKind.UNAVAILABLE


@pytest.mark.parametrize("name", ["Lost", "driver_that_nobody_imported.Lost", "ValueError", "punctuald.Unavailable"])
def test_other_types_are_ordinary_failures_and_nothing_is_imported_to_find_out(name: str) -> None:
    said, failures = outcome(Lost("gone"), name)
    assert said.kind is OutcomeKind.FAILED
    assert len(failures) == 1
    assert "driver_that_nobody_imported" not in sys.modules


def test_an_illness_of_the_process_is_no_outage_though_its_driver_says_that_it_can_not_connect() -> None:
    error = Lost("gone")
    error.__cause__ = OSError(errno.EMFILE, "Too many open files")
    said, _ = outcome(error, "ConnectionError")
    assert (said.kind, said.illness) == (OutcomeKind.FAILED, "out of file descriptors")
    explicit = Unavailable("postgres")
    explicit.__cause__ = error
    assert outcome(explicit)[0].kind is OutcomeKind.UNAVAILABLE, "its author's word stands"


@pytest.mark.parametrize(("after", "seconds"), [(3_600, 900), (math.inf, 900), (-math.inf, 0), (-1, 0)])
def test_a_time_beyond_reason_counts_as_the_nearest_within_it(after: float, seconds: float) -> None:
    assert outcome(Unavailable(retry_after=after))[0].after_seconds == seconds


def test_the_cause_of_another_exception_does_not_count() -> None:
    error = ValueError("a bad order")
    error.__cause__ = Lost("gone")
    assert outcome(error, "ConnectionError")[0].kind is OutcomeKind.FAILED


def test_a_batch_handler_says_it_of_all_its_messages_by_raising_and_of_some_in_its_mapping() -> None:
    def raising(_: list[Message]) -> None:
        raise Unavailable("postgres")

    def naming(_: list[Message]) -> dict[str, Exception]:
        return {"m2": Unavailable("postgres")}

    messages, away = [message("m1"), message("m2")], Outcome(OutcomeKind.UNAVAILABLE, downstream="postgres")
    assert BatchHandler(raising).handle(messages, Failures()) == [away, away]
    assert BatchHandler(naming).handle(messages, Failures()) == [DONE, away]
