"""Calls a handler as the daemon would, without a queue."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

from punctuald.model import Message

from .messages import message
from .result import Result
from .started import event_loop
from .tried_handler import TIME_LIMIT_SECONDS, HandlerOrSpec, TriedHandler, refuse_running_loop, require

BATCH_SIZE = 10
"""A queue's ``batch_size`` where its configuration has none; also the most that it may be."""


def run_handler(
    handler: HandlerOrSpec,
    *bodies_or_messages: Any,
    handler_path: str | Path = ".",
    batch_size: int = BATCH_SIZE,
    time_limit_seconds: float = TIME_LIMIT_SECONDS,
    down_on: Collection[str] = (),
) -> list[Result]:
    """Call ``handler`` as the daemon would, and return what it made of each message, in their order.

    ``handler`` is a function, coroutine function, or any of both that takes a list of messages; or ``module:function``
    as the configuration has it, imported from ``handler_path`` first (the directory of the setting of that name, by
    default the one that the test runs in). Each of ``bodies_or_messages`` is a `Message` (see `message`), or a body
    that one is made of: text as it is, anything else as JSON.

    A handler of one message is called with one after the other; one that takes a list with up to ``batch_size`` (1 to
    10) of them together. Coroutines run on one fresh event loop (see `started`) to their end, and one that passes
    ``time_limit_seconds`` (0.1 to 43,200, in real time) is cancelled and has failed. A function can't be stopped, here
    or in the daemon, which replaces its worker: for functions the limit means nothing here. ``down_on`` names exception
    types, as the setting does, that mean the same as `Unavailable`.

    Nothing that the handler raises comes out of here, `SystemExit` and `KeyboardInterrupt` included: it is in the
    results. Raises `ConfigurationError` where ``module:function`` can't be found or imported, `TypeError` for a handler
    that can't be called or a body that can't be written as JSON, `ValueError` without a message or for a number out of
    its range, and `RuntimeError` inside a running event loop. There is no coroutine of the same kind: the daemon gives
    handlers a loop of their own, so a test that is a coroutine says ``await asyncio.to_thread(run_handler, ...)``.

    >>> from punctuald import Reject
    >>> def handle(message):
    ...     if "id" not in message.json():
    ...         raise Reject("no id")
    >>> good, bad = run_handler(handle, {"id": 7}, {})
    >>> good.kind == "done", bad.kind == "reject", bad.reason
    (True, True, 'no id')
    """
    refuse_running_loop("run_handler")
    if not bodies_or_messages:
        raise ValueError("give at least one body or message: the daemon never calls a handler without")
    require("batch_size", batch_size, 1, BATCH_SIZE)
    messages = [each if isinstance(each, Message) else message(each) for each in bodies_or_messages]
    tried = TriedHandler(handler, handler_path, time_limit_seconds, down_on)
    step = batch_size if tried.batch else 1
    with event_loop() as runner:
        calls = [tried.call(messages[at : at + step], runner) for at in range(0, len(messages), step)]
    return [result for call in calls for _, result in call]
