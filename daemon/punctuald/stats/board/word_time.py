"""Monotonic instants as words: whole nanoseconds, where 0 means «none»."""

from __future__ import annotations

NONE = 0
NANOSECONDS = 1_000_000_000
MILLISECONDS = 1_000


def to_word(mono: float) -> int:
    """The word that holds ``mono``; the instant of boot itself becomes 1 ns, because 0 means «none»."""
    return int(mono * NANOSECONDS) or 1


def from_word(word: int) -> float | None:
    """The instant that ``word`` holds."""
    return None if word == NONE else word / NANOSECONDS
