"""What handlers and hooks have to look like, checked before the daemon is ready: their arguments, and no generator."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any


def refusal(function: Callable[..., Any]) -> str | None:
    """Why ``function`` can't be a handler; None where it can."""
    if is_generator(function):
        return "is a generator: calling it does nothing until somebody iterates; return when the work is done"
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # some C callables have none: the first call will tell
        return None
    if not binds(signature, object()):
        return f"must take one argument, the message or a list of messages, and not {signature}"
    return None


def is_generator(function: Callable[..., Any]) -> bool:
    """Whether a call of it does nothing until somebody iterates."""
    return any(inspect.isgeneratorfunction(each) or inspect.isasyncgenfunction(each) for each in _called(function))


def is_coroutine(function: Callable[..., Any]) -> bool:
    """Whether a call of it has to be awaited."""
    return any(map(inspect.iscoroutinefunction, _called(function)))


def binds(signature: inspect.Signature, *arguments: object) -> bool:
    """Whether it can be called with these."""
    try:
        signature.bind(*arguments)
    except TypeError:
        return False
    return True


def _called(function: Callable[..., Any]) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """What `inspect` is to be asked of: an object that can be called is none of its functions, but its method is."""
    return function, getattr(function, "__call__", function)  # noqa: B004 - we need the method itself
