"""What can't be a handler is refused before the daemon is ready, with a line that says why."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from typing import Any

import pytest

from punctuald.handler.signature import refusal


def generator(message: Any) -> Iterator[Any]:
    yield message


async def async_generator(message: Any) -> AsyncIterator[Any]:
    yield message


class Called:
    def __call__(self, message: Any) -> Iterator[Any]:
        yield message


class Shop:
    def handle(self, message: Any) -> None:
        pass

    @classmethod
    def of_class(cls, message: Any) -> None:
        pass

    @staticmethod
    def free(message: Any) -> None:
        pass


@pytest.mark.parametrize(
    "function",
    [generator, async_generator, Called(), partial(generator)],
    ids=["def", "async def", "object", "partial"],
)
def test_a_generator_is_refused_however_it_is_made(function: Callable[..., Any]) -> None:
    assert "is a generator" in str(refusal(function))


@pytest.mark.parametrize(
    "function",
    [
        lambda: None,
        lambda _a, _b: None,
        lambda *, message: message,
        Shop.handle,
        partial(lambda message: message, "one already"),
    ],
    ids=["none", "two", "by keyword only", "an unbound method", "one bound already"],
)
def test_what_does_not_take_one_argument_is_refused(function: Callable[..., Any]) -> None:
    assert "must take one argument" in str(refusal(function))


@pytest.mark.parametrize(
    "function",
    [
        lambda message: message,
        lambda message, limit=3: (message, limit),
        lambda *messages: messages,
        Shop().handle,
        Shop.of_class,
        Shop.free,
        partial(lambda limit, message: (limit, message), 3),
        print,
        int,
        dict.fromkeys,
    ],
)
def test_what_can_be_called_with_a_message_is_taken(function: Callable[..., Any]) -> None:
    assert refusal(function) is None
