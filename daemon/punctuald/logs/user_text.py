"""Text that a handler's author made, which may quote a message: whether the log repeats it is a setting."""

from __future__ import annotations

import sys
import traceback
from typing import Any, Self

from structlog.typing import EventDict, WrappedLogger

from .render import LONGEST_TRACEBACK


class UserText(str):
    """It is text like any other where it goes to its own queue; ``instead`` is what the log has in its place with
    ``exceptions = "type"``: the name of the exception that it came with."""

    __slots__ = ("instead",)

    instead: str

    def __new__(cls, text: str, instead: str) -> Self:
        """``text`` as it is."""
        made = super().__new__(cls, text)
        made.instead = instead
        return made


def behind(words: str, text: str) -> str:
    """``words`` of ours, and ``text``, which stays what it is."""
    return UserText(words + text, words + text.instead) if isinstance(text, UserText) else words + text


def types_only(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """A processor that lets no `UserText` through."""
    return {name: value.instead if isinstance(value, UserText) else value for name, value in event.items()}


def typed_traceback(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Where an exception came from and of what type it is: neither its own text nor that of the lines."""
    error = _exception_of(event.pop("exc_info", None))
    if error is not None:
        event["traceback"] = "\n".join(_places_and_types(error))[-LONGEST_TRACEBACK:]
    return event


def _exception_of(said: Any) -> BaseException | None:
    """Of what a log call may give as ``exc_info``."""
    if isinstance(said, tuple):
        said = said[1]
    return said if isinstance(said, BaseException) else sys.exception() if said else None


def _places_and_types(error: BaseException) -> list[str]:
    """The causes come first, as Python prints them."""
    lines: list[str] = []
    for each in _chain(error):
        for frame, number in traceback.walk_tb(each.__traceback__):
            lines.append(f"{frame.f_code.co_filename}:{number} in {frame.f_code.co_name}")
        lines.append(type(each).__name__)
    return lines


def _chain(error: BaseException) -> list[BaseException]:
    chain: list[BaseException] = []
    link: BaseException | None = error
    while link is not None and all(link is not each for each in chain):
        chain.insert(0, link)
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)
    return chain
