"""What a handler returned: nothing to speak of, something that has to be awaited first, or work that nobody would do.

A function that returns a generator, or another function, has done nothing yet: to delete its message would lose it.
"""

from __future__ import annotations

import inspect
from collections.abc import AsyncGenerator, Awaitable, Generator, Mapping, Sequence
from concurrent.futures import Future
from functools import partial
from typing import Any

from punctuald.model import Message

BATCH_ITEM_FAILURES = "batchItemFailures"
"""https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html"""

POOLS = "multiprocessing.pool"  # by name: to import it costs each worker a megabyte that most never need

NOT_RUN = (Generator, AsyncGenerator, map, filter, zip, enumerate)
"""What calls or consumes something only while it is iterated. Other iterators are results of work that is done, as a
database's cursor or an open file is."""

SCALARS = (bool, int, float, str, bytes)


class NotRunError(TypeError):
    """A handler returned something that would have to be run, and nobody does."""


class ReportedError(Exception):
    """A batch handler named a message in its ``batchItemFailures``."""


def is_awaitable(result: Any) -> bool:
    """Whether it has to be awaited before anything is done."""
    return isinstance(result, Awaitable)


def require_run(result: Any) -> None:
    """Raise `NotRunError` where ``result`` is work that has yet to be done."""
    kind = type(result).__name__
    if isinstance(result, NOT_RUN) or type(result).__module__ == "itertools":
        raise NotRunError(f"the handler returned a {kind}, which nobody iterates: its work is not done")
    if isinstance(result, Future) or type(result).__module__ == POOLS:
        raise NotRunError(f"the handler returned a {kind}, which may not be done: wait for it before you return")
    if inspect.isroutine(result) or isinstance(result, partial):
        raise NotRunError(f"the handler returned a {kind}, which nobody calls: its work is not done")


def said_of_each(result: Any, messages: Sequence[Message]) -> list[Any]:
    """What a batch handler's result says of each message: None where it is done, else an exception.

    A mapping from message id to exception, or Lambda's ``{"batchItemFailures": [{"itemIdentifier": id}]}``; an id that
    it does not have is done. A number or a text says nothing. Raises `TypeError` or `ValueError` for anything else, and
    for an id that no message of the batch has: nobody knows then what the handler meant.
    """
    if result is None or isinstance(result, SCALARS):
        return [None] * len(messages)
    if not isinstance(result, Mapping):
        kind = type(result).__name__
        raise TypeError(f"a batch handler returns None or a mapping from message id to exception, not a {kind}")
    failures = dict(result)
    if failures.keys() == {BATCH_ITEM_FAILURES}:
        reported = ReportedError("reported as a batch item failure")
        failures = dict.fromkeys(_reported(failures[BATCH_ITEM_FAILURES]), reported)
    unknown = failures.keys() - {message.id for message in messages}
    if unknown:
        raise ValueError(f"the batch handler returned an id that is not in the batch: {min(map(str, unknown))[:100]!r}")
    return [failures.get(message.id) for message in messages]


def _reported(items: Any) -> list[str]:
    try:
        return [item["itemIdentifier"] for item in items]
    except (TypeError, KeyError) as error:
        raise ValueError(f'{BATCH_ITEM_FAILURES} has to be a list of {{"itemIdentifier": id}}') from error
