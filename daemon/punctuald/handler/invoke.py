"""Calls a handler and makes outcomes of whatever it does, one for each message. Nothing that it raises leaves here."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from punctuald.model import DONE, Message, Outcome
from punctuald.policy.pool.standstill import LostSeconds, nothing_lost
from punctuald.ports import OnFailure

from .awaiting import awaited, awaited_here
from .outcome import Judge, outcome_of
from .result import is_awaitable, require_run, said_of_each
from .result_log import ResultLog
from .time_limit import TimeLimit


class Handler(ABC):
    """The user's code, whatever its shape."""

    batch: bool = False
    """Whether it takes several messages in one call."""

    judge: Judge = staticmethod(outcome_of)
    """Makes an outcome of an exception; `punctuald.testing` wraps it in its own, to show the exception to tests."""

    lost_seconds: LostSeconds = staticmethod(nothing_lost)
    """What is not charged to a time limit; the worker sets it."""

    def __init__(self, time_limit_seconds: float = 0.0) -> None:
        self.results = ResultLog()
        self._time_limit_seconds = time_limit_seconds

    def handle(self, messages: Sequence[Message], on_failure: OnFailure) -> list[Outcome]:
        """Call it; one outcome a message, in order. ``on_failure`` gets exceptions other than `Retry`, `Reject` and
        `Discard`."""
        try:
            result = self.settle(self.call(messages), messages[0])
            said = said_of_each(result, messages) if self.batch else [None] * len(messages)
        except BaseException as error:  # noqa: BLE001 - sys.exit, KeyboardInterrupt and worse must not end a slot
            return [self.judge(error, message, on_failure) for message in messages]
        return _outcomes_of(said, messages, on_failure, self.judge)

    def settle(self, result: Any, message: Message) -> Any:
        """What the call came to: an awaitable is awaited, and work that is not done raises."""
        if result is None:
            return None
        if is_awaitable(result):
            self.results.awaited(result, message)
            result = awaited_here(result, self._time_limit_seconds, self.lost_seconds)
        require_run(result)
        self.results.look(result, message, batch=self.batch)
        return result

    def handle_one(self, message: Message, on_failure: OnFailure) -> Outcome:
        """`handle` of one message, for handlers that take one at a time."""
        return self.handle([message], on_failure)[0]

    @abstractmethod
    def call(self, messages: Sequence[Message]) -> Any:
        """Run the user's code on them."""


class MessageHandler(Handler):
    """A function of one message."""

    def __init__(self, function: Callable[[Message], Any], time_limit_seconds: float = 0.0) -> None:
        super().__init__(time_limit_seconds)
        self._function = function

    def handle_one(self, message: Message, on_failure: OnFailure) -> Outcome:
        """See `Handler.handle_one`. A short cut, without what batches need, because most handlers have this shape."""
        try:
            result = self._function(message)
            if result is not None:
                self.settle(result, message)
        except BaseException as error:  # noqa: BLE001 - as in `Handler.handle`
            return self.judge(error, message, on_failure)
        return DONE

    def call(self, messages: Sequence[Message]) -> Any:
        """See `Handler.call`."""
        return self._function(messages[0])


class BatchHandler(Handler):
    """A function of a list of messages.

    It returns None (all done), or what `said_of_each` reads.
    """

    batch = True

    def __init__(self, function: Callable[[list[Message]], Any], time_limit_seconds: float = 0.0) -> None:
        super().__init__(time_limit_seconds)
        self._function = function

    def call(self, messages: Sequence[Message]) -> Any:
        """See `Handler.call`."""
        return self._function(list(messages))


class CoroutineHandler:
    """A coroutine function. One that passes its time limit is cancelled; 0 = it has none."""

    judge: Judge = staticmethod(outcome_of)
    """See `Handler.judge`."""

    lost_seconds: LostSeconds = staticmethod(nothing_lost)
    """See `Handler.lost_seconds`."""

    def __init__(
        self, function: Callable[..., Coroutine[Any, Any, Any]], *, batch: bool, time_limit_seconds: float
    ) -> None:
        self.results = ResultLog()
        self._function = function
        self._time_limit_seconds = time_limit_seconds
        self.batch = batch

    async def handle(self, messages: Sequence[Message], on_failure: OnFailure) -> list[Outcome]:
        """Call it; one outcome a message, in order. Raises only `asyncio.CancelledError`, when it is cancelled."""
        try:
            async with TimeLimit(self._time_limit_seconds, self.lost_seconds) as limit:
                result = await awaited(self._function(list(messages) if self.batch else messages[0]))
            if result is not None:
                require_run(result)
                self.results.look(result, messages[0], batch=self.batch)
            said = said_of_each(result, messages) if self.batch else [None] * len(messages)
        except asyncio.CancelledError:
            raise
        except BaseException as error:  # noqa: BLE001 - SystemExit in a task would end the loop of all handlers
            shown = self._over_limit(error) if limit.expired() else error
            return [self.judge(shown, message, on_failure) for message in messages]
        return _outcomes_of(said, messages, on_failure, self.judge)

    def _over_limit(self, error: BaseException) -> BaseException:
        cause = TimeoutError(f"passed its time limit of {self._time_limit_seconds:g} s and was cancelled")
        return cause.with_traceback(error.__traceback__)


def _outcomes_of(
    said: Sequence[Any], messages: Sequence[Message], on_failure: OnFailure, judge: Judge
) -> list[Outcome]:
    return [_outcome_of(each, message, on_failure, judge) for each, message in zip(said, messages, strict=True)]


def _outcome_of(said: Any, message: Message, on_failure: OnFailure, judge: Judge) -> Outcome:
    if said is None:
        return DONE
    error = said if isinstance(said, BaseException) else TypeError(f"not an exception but a {type(said).__name__}")
    return judge(error, message, on_failure)
