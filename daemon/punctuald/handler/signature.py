"""What a handler has to look like, checked before the daemon is ready: one argument, and no generator."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any


def refusal(function: Callable[..., Any]) -> str | None:
    """Why ``function`` can't be a handler; None where it can."""
    called = getattr(function, "__call__", function)  # noqa: B004 - the method of an object that is called
    if any(inspect.isgeneratorfunction(each) or inspect.isasyncgenfunction(each) for each in (function, called)):
        return "is a generator: calling it does nothing until somebody iterates; return when the work is done"
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # some C callables have none: the first call will tell
        return None
    try:
        signature.bind(object())
    except TypeError:
        return f"must take one argument, the message or a list of messages, and not {signature}"
    return None
