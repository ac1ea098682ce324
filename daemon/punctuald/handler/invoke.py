"""Calls a handler and turns whatever it does into outcomes, one a message. Nothing a handler raises gets past here."""

from __future__ import annotations

import asyncio
import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any

from punctuald.errors import Discard, HandlerSignal, Reject, Retry
from punctuald.model import DONE, Message, Outcome, OutcomeKind
from punctuald.ports import OnFailure

_LONGEST_REASON = 300  # characters; an SQS attribute and a log line can both carry it


class Handler(ABC):
    """The user's code, whatever its shape."""

    batch: bool = False
    """Whether it takes several messages in one call."""

    def handle(self, messages: Sequence[Message], on_failure: OnFailure) -> list[Outcome]:
        """Call it; one outcome a message, in order. ``on_failure`` gets exceptions that are nobody's signal."""
        try:
            result = self.call(messages)
            said = _said_of_each(result, messages) if self.batch else [None] * len(messages)
        except BaseException as error:  # noqa: BLE001 - sys.exit, KeyboardInterrupt and worse must not end a slot
            return [outcome_of(error, message, on_failure) for message in messages]
        return [_outcome_of(each, message, on_failure) for each, message in zip(said, messages, strict=True)]

    def handle_one(self, message: Message, on_failure: OnFailure) -> Outcome:
        """`handle` of one message, for handlers that take one at a time."""
        return self.handle([message], on_failure)[0]

    @abstractmethod
    def call(self, messages: Sequence[Message]) -> Any:
        """Run the user's code on them."""


class MessageHandler(Handler):
    """A function of one message."""

    def __init__(self, function: Callable[[Message], Any]) -> None:
        self._function = function

    def handle_one(self, message: Message, on_failure: OnFailure) -> Outcome:
        """See `Handler.handle_one`. The usual shape, and its usual end: without the detours that batches need."""
        try:
            self._function(message)
        except BaseException as error:  # noqa: BLE001 - as in `Handler.handle`
            return outcome_of(error, message, on_failure)
        return DONE

    def call(self, messages: Sequence[Message]) -> Any:
        """See `Handler.call`."""
        return self._function(messages[0])


class BatchHandler(Handler):
    """A function of a list of messages.

    It returns None (all done), or a mapping from the ids of those that are not to `Retry`, `Reject`, `Discard` or
    any other exception.
    """

    batch = True

    def __init__(self, function: Callable[[list[Message]], Any]) -> None:
        self._function = function

    def call(self, messages: Sequence[Message]) -> Any:
        """See `Handler.call`."""
        return self._function(list(messages))


class CoroutineHandler:
    """A coroutine function. One that passes its time limit is cancelled; 0 = it has none."""

    def __init__(
        self, function: Callable[..., Coroutine[Any, Any, Any]], *, batch: bool, time_limit_seconds: float
    ) -> None:
        self._function = function
        self._time_limit_seconds = time_limit_seconds or None
        self.batch = batch

    async def handle(self, messages: Sequence[Message], on_failure: OnFailure) -> list[Outcome]:
        """Call it; one outcome a message, in order. Raises only `asyncio.CancelledError`: that it was cancelled."""
        try:
            async with asyncio.timeout(self._time_limit_seconds) as limit:
                result = await self._function(list(messages) if self.batch else messages[0])
            said = _said_of_each(result, messages) if self.batch else [None] * len(messages)
        except asyncio.CancelledError:
            raise
        except BaseException as error:  # noqa: BLE001 - SystemExit in a task would end the loop of all handlers
            shown = self._over_limit(error) if limit.expired() else error
            return [outcome_of(shown, message, on_failure) for message in messages]
        return [_outcome_of(each, message, on_failure) for each, message in zip(said, messages, strict=True)]

    def _over_limit(self, error: BaseException) -> BaseException:
        cause = TimeoutError(f"passed its time limit of {self._time_limit_seconds:g} s and was cancelled")
        return cause.with_traceback(error.__traceback__)


def outcome_of(error: BaseException, message: Message, on_failure: OnFailure) -> Outcome:
    """What an exception says of ``message``."""
    match error:
        case Retry() if _is_a_wait(wait := getattr(error, "after_seconds", None)):
            return Outcome(OutcomeKind.RETRY, _reason(error), wait)
        case Reject():
            return Outcome(OutcomeKind.REJECT, _reason(error))
        case Discard():
            return Outcome(OutcomeKind.DISCARD, _reason(error))
        case _:
            on_failure(error, message)
            return Outcome(OutcomeKind.FAILED, _text(f"{type(error).__name__}: {_text(error)}"))


def _is_a_wait(after_seconds: object) -> bool:
    """None, or a number: nobody checks the annotations of users' code, and NaN is no time at all."""
    return after_seconds is None or (isinstance(after_seconds, int | float) and not math.isnan(after_seconds))


def _reason(signal: HandlerSignal) -> str:
    """A subclass of the user's own may never have called ours, and then has none of our attributes."""
    return _text(getattr(signal, "reason", signal))


def _text(said: object) -> str:
    """``Reject(error)`` gives us an exception for a reason, and even ``str`` of one is the user's code."""
    try:
        return str(said)[:_LONGEST_REASON]
    except Exception:  # noqa: BLE001 - see above
        return f"a {type(said).__name__} that can't be shown"


def _said_of_each(result: Any, messages: Sequence[Message]) -> list[Any]:
    """What a batch handler's result says of each message. Looked up here once: its ``get`` may be the user's code."""
    if result is None:
        return [None] * len(messages)
    if not isinstance(result, Mapping):
        kind = type(result).__name__
        raise TypeError(f"a batch handler returns None or a mapping from message id to exception, not a {kind}")
    return [result.get(message.id) for message in messages]


def _outcome_of(said: Any, message: Message, on_failure: OnFailure) -> Outcome:
    if said is None:
        return DONE
    error = said if isinstance(said, BaseException) else TypeError(f"not an exception but a {type(said).__name__}")
    return outcome_of(error, message, on_failure)
