"""What the fields of a frame may hold: each check gives the value that the frame has, or raises `UnfitError`."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, TypeVar

LONGEST_TEXT = 8192
"""Characters of a reason or an error; what is longer is cut."""

LARGEST_WHOLE = 2**53 - 1
"""What every reader of JSON takes as a whole number."""

LONGEST_SECONDS = 1e9
"""Thirty years."""

_LONGEST_NAME = 512  # characters of a queue's name or a message's id; longer is refused: cut, it would name another
_MOST_NAMES = 4096

Check = Callable[[Any], Any]

Frame_co = TypeVar("Frame_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Shape(Generic[Frame_co]):
    """How a kind of frame is made, and what its fields may hold."""

    make: Callable[..., Frame_co]
    checks: Mapping[str, Check]


class UnfitError(Exception):
    """A value that its field can't have; the text says what it must be."""


def whole(least: int, most: int) -> Check:
    """A whole number from ``least`` to ``most``."""

    def check(value: Any) -> int:
        if type(value) is not int or not least <= value <= most:  # a bool is an int to isinstance
            raise UnfitError(f"must be a whole number from {least} to {most}")
        return value

    return check


def wholes(least: int, most: int, length: int) -> Check:
    """Several different whole numbers from ``least`` to ``most``, ``length`` at the most."""
    check_one = whole(least, most)

    def check(value: Any) -> tuple[int, ...]:
        if not isinstance(value, list) or len(value) > length:
            raise UnfitError(f"must be a list of at most {length}")
        numbers = tuple(map(check_one, value))
        if len(set(numbers)) < len(numbers):
            raise UnfitError("must not have the same number twice")
        return numbers

    return check


def number(most: float) -> Check:
    """A finite number from 0 to ``most``."""

    def check(value: Any) -> float:
        if type(value) not in {int, float} or not (math.isfinite(value) and 0 <= value <= most):
            raise UnfitError(f"must be a number from 0 to {most:g}")
        return float(value)

    return check


def or_none(check_other: Check) -> Check:
    """The same, or nothing."""
    return lambda value: None if value is None else check_other(value)


def flag(value: Any) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise UnfitError("must be true or false")
    return value


def text(value: Any) -> str:
    """Text; what is too long is cut."""
    if not isinstance(value, str):
        raise UnfitError("must be text")
    return value[:LONGEST_TEXT]


def reason(value: Any) -> str:
    """Text that is not empty."""
    if not (said := text(value)):
        raise UnfitError("must not be empty")  # an empty reason on a pool slot means that it is not to be replaced
    return said


def name(value: Any) -> str:
    """The name of a queue, or the id of a message."""
    if not isinstance(value, str) or not 0 < len(value) <= _LONGEST_NAME:
        raise UnfitError(f"must be text of 1 to {_LONGEST_NAME} characters")
    return value


def names(value: Any) -> tuple[str, ...]:
    """Several of these."""
    if not isinstance(value, list) or len(value) > _MOST_NAMES:
        raise UnfitError(f"must be a list of at most {_MOST_NAMES}")
    return tuple(map(name, value))


def member(names: type[StrEnum]) -> Check:
    """A member of that enum, by its value."""

    def check(value: Any) -> StrEnum:
        if not isinstance(value, str) or value not in set(names):
            raise UnfitError(f"must be one of {', '.join(names)}")
        return names(value)

    return check


def rows(*columns: Check) -> Check:
    """A list of lists, each with a value for each of ``columns``."""

    def check_row(row: Any) -> tuple[Any, ...]:
        if not isinstance(row, list) or len(row) != len(columns):
            raise UnfitError(f"must be a list of lists of {len(columns)}")
        return tuple(column(value) for column, value in zip(columns, row, strict=True))

    def check(value: Any) -> tuple[tuple[Any, ...], ...]:
        if not isinstance(value, list) or len(value) > _MOST_NAMES:
            raise UnfitError(f"must be a list of at most {_MOST_NAMES}")
        return tuple(map(check_row, value))

    return check
