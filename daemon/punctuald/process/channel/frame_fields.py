"""What a field of a frame may hold: each check gives the value, or raises `UnfitError`."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

LONGEST_TEXT = 8192
"""Characters of a reason or an error; what is longer is cut."""

_LONGEST_NAME = 512  # characters of a queue's name or a message's id; longer is refused: cut, it would name another
_MOST_NAMES = 4096

Check = Callable[[Any], Any]
"""Gives the value that the frame has."""


class UnfitError(Exception):
    """A value that its field can't have; the text says what it must be."""


def whole(least: int, most: int) -> Check:
    """A whole number of that range."""

    def check(value: Any) -> int:
        if type(value) is not int or not least <= value <= most:  # a bool is an int to isinstance
            raise UnfitError(f"must be a whole number from {least} to {most}")
        return value

    return check


def number(most: float) -> Check:
    """A finite number, 0 or more."""

    def check(value: Any) -> float:
        if type(value) not in {int, float} or not (math.isfinite(value) and 0 <= value <= most):
            raise UnfitError(f"must be a number from 0 to {most:g}")
        return float(value)

    return check


def or_none(check_other: Check) -> Check:
    """None, or what the other check allows."""
    return lambda value: None if value is None else check_other(value)


def flag(value: Any) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise UnfitError("must be true or false")
    return value


def any_text(value: Any) -> str:
    """Text, cut to `LONGEST_TEXT`."""
    if not isinstance(value, str):
        raise UnfitError("must be text")
    return value[:LONGEST_TEXT]


def some_text(value: Any) -> str:
    """Text that says something."""
    if not (found := any_text(value)):
        raise UnfitError("must not be empty")  # an empty reason on a pool slot means that it is not to be replaced
    return found


def short_name(value: Any) -> str:
    """A queue's name, or a message's id."""
    if not isinstance(value, str) or not 0 < len(value) <= _LONGEST_NAME:
        raise UnfitError(f"must be text of 1 to {_LONGEST_NAME} characters")
    return value


def short_names(value: Any) -> tuple[str, ...]:
    """Several of them."""
    if not isinstance(value, list) or len(value) > _MOST_NAMES:
        raise UnfitError(f"must be a list of at most {_MOST_NAMES}")
    return tuple(map(short_name, value))
