"""A handler under test: found, called and judged by the daemon's own code, with what it raised kept for the test."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any

from punctuald.delivery.run.coroutine_loop import CANCELLED
from punctuald.handler import CoroutineHandler, handler_of, load_handler
from punctuald.handler.outcome import outcome_of
from punctuald.model import Message, Outcome
from punctuald.ports import OnFailure

from .result import Result

TIME_LIMIT_SECONDS = 300.0
"""A queue's ``time_limit_seconds`` where its configuration has none."""

SHORTEST_TIME_LIMIT_SECONDS, LONGEST_TIME_LIMIT_SECONDS = 0.1, 43_200

HandlerOrSpec = Callable[..., Any] | str


class TriedHandler:
    """``handler`` is the function itself, or ``module:function`` as in the configuration, found from ``handler_path``.

    Raises `ConfigurationError` where it can't be found, as the daemon would; `TypeError` where it can't be called;
    `ValueError` for a time limit that the configuration would refuse.
    """

    def __init__(
        self,
        handler: HandlerOrSpec,
        handler_path: str | Path,
        time_limit_seconds: float,
        down_on: Collection[str] = (),
    ) -> None:
        require("time_limit_seconds", time_limit_seconds, SHORTEST_TIME_LIMIT_SECONDS, LONGEST_TIME_LIMIT_SECONDS)
        if isinstance(handler, str):
            path = Path(handler_path).resolve()
            self._handler = load_handler(handler, path, where="the test", time_limit_seconds=time_limit_seconds)
        elif callable(handler):
            self._handler = handler_of(handler, time_limit_seconds)
        else:
            raise TypeError(f"a handler is a function or 'module:function', not a {type(handler).__name__}")
        self._handler.judge = self._judge
        self._down_on = down_on
        self._raised: dict[int, BaseException] = {}

    @property
    def batch(self) -> bool:
        """Whether one call takes a list of messages."""
        return self._handler.batch

    def call(self, messages: Sequence[Message], runner: asyncio.Runner) -> list[tuple[Outcome, Result]]:
        """Call it once; a coroutine runs on ``runner``'s event loop. One pair a message, in order."""
        self._raised.clear()
        outcomes = self._outcomes(messages, runner)
        return [(outcome, self._result(outcome, message)) for outcome, message in zip(outcomes, messages, strict=True)]

    def _outcomes(self, messages: Sequence[Message], runner: asyncio.Runner) -> Sequence[Outcome]:
        if isinstance(self._handler, CoroutineHandler):
            return runner.run(_to_its_end(self._handler, messages))
        if self._handler.batch:
            return self._handler.handle(messages, _say_nothing)
        return [self._handler.handle_one(messages[0], _say_nothing)]

    def _judge(self, error: BaseException, message: Message, on_failure: OnFailure) -> Outcome:
        self._raised[id(message)] = error
        return outcome_of(error, message, on_failure, down_on=self._down_on)

    def _result(self, outcome: Outcome, message: Message) -> Result:
        error = self._raised.get(id(message))
        return Result(outcome.kind, outcome.reason, outcome.after_seconds, error, message)


async def _to_its_end(handler: CoroutineHandler, messages: Sequence[Message]) -> Sequence[Outcome]:
    try:
        return await handler.handle(messages, _say_nothing)
    except asyncio.CancelledError:  # the handler cancelled itself: the daemon gives this the same outcome
        return [CANCELLED] * len(messages)


def _say_nothing(error: BaseException, message: Message) -> None:
    """The daemon logs a failure; here it is in the result."""


def require(name: str, value: float, least: float, most: float) -> None:
    """Raise `ValueError` unless ``value`` is from ``least`` to ``most``, also for NaN."""
    if not least <= value <= most:
        raise ValueError(f"{name}={value:g}: {least:g} to {most:g}")


def refuse_running_loop(what: str) -> None:
    """Raise `RuntimeError` where an event loop runs in this thread: the daemon never calls a handler inside another
    event loop, and a coroutine could not be waited for there."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return
    raise RuntimeError(
        f"{what} runs an event loop of its own and can't be called while another runs in this thread: "
        f"call it from a test that is a plain function, or with await asyncio.to_thread(...)"
    )
