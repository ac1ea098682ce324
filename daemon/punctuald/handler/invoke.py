"""Calls a handler and turns whatever it does into outcomes, one a message. Nothing a handler raises gets past here."""

from __future__ import annotations

import asyncio
import concurrent.futures
import math
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any

from punctuald.errors import Discard, HandlerSignal, Reject, Retry
from punctuald.model import DONE, Message, Outcome, OutcomeKind

_LONGEST_REASON = 300  # characters; an SQS attribute and a log line can both carry it

OnFailure = Callable[[BaseException, Message], None]


class Handler(ABC):
    """The user's code, whatever its shape."""

    batch: bool = False
    """Whether it takes several messages in one call."""

    def handle(self, messages: Sequence[Message], on_failure: OnFailure) -> list[Outcome]:
        """Call it; one outcome a message, in order. ``on_failure`` is told of exceptions that are nobody's signal."""
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

    def close(self) -> None:  # noqa: B027 - most handlers hold nothing
        """Let go of what the handler runs on."""


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


class CoroutineHandler(Handler):
    """A coroutine function. All slots of a worker share one event loop, so that clients and sessions can be shared."""

    def __init__(
        self, function: Callable[..., Coroutine[Any, Any, Any]], *, batch: bool, time_limit_seconds: float
    ) -> None:
        self._function = function
        self.batch = batch
        self._time_limit_seconds = time_limit_seconds or None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._starting = threading.Lock()

    def call(self, messages: Sequence[Message]) -> Any:
        """See `Handler.call`. A coroutine that passes its time limit is cancelled: TimeoutError."""
        argument = list(messages) if self.batch else messages[0]
        future = asyncio.run_coroutine_threadsafe(_contained(self._function(argument)), self._running_loop())
        try:
            result, error = future.result(self._time_limit_seconds)
        except concurrent.futures.TimeoutError:
            future.cancel()
            raise TimeoutError(f"passed its time limit of {self._time_limit_seconds} s and was cancelled") from None
        if error is not None:
            raise error
        return result

    def _running_loop(self) -> asyncio.AbstractEventLoop:
        with self._starting:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                threading.Thread(target=_run_to_its_end, args=(self._loop,), name="handler-loop", daemon=True).start()
            return self._loop

    def close(self) -> None:
        """Stop the event loop."""
        with self._starting:
            loop, self._loop = self._loop, None
        if loop is not None:
            loop.call_soon_threadsafe(loop.stop)


def _run_to_its_end(loop: asyncio.AbstractEventLoop) -> None:
    try:
        loop.run_forever()
    finally:
        loop.close()


async def _contained(coroutine: Coroutine[Any, Any, Any]) -> tuple[Any, BaseException | None]:
    """SystemExit or KeyboardInterrupt in a task would end the loop of all slots (asyncio.events.Handle._run)."""
    try:
        return await coroutine, None
    except asyncio.CancelledError:
        raise
    except BaseException as error:  # noqa: BLE001 - raised again in the slot that waits for it
        return None, error


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
    """``Reject(error)`` hands us an exception for a reason, and even ``str`` of one is the user's code."""
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
