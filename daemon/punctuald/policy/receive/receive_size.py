"""How many messages to ask for at a time where answers were too large to be taken in."""

from __future__ import annotations

from typing import NamedTuple

ANSWERS_A_STEP = 20
"""So many answers have to come before one message more is tried: what was too large comes again, at its own cost."""


class ReceiveSize(NamedTuple):
    """``most`` messages at a time, as ``answers`` that came since the last change allow."""

    most: int
    answers: int = 0


def after_oversized(size: ReceiveSize, asked: int) -> ReceiveSize:
    """An answer to a receive of ``asked`` messages was too large: half as many, and one at the least."""
    return ReceiveSize(min(size.most, max(1, asked // 2)))


def after_good(size: ReceiveSize, largest: int) -> ReceiveSize:
    """An answer with messages came: slowly back to the source's ``largest``."""
    if size.most >= largest:
        return size
    return ReceiveSize(size.most + 1) if size.answers + 1 >= ANSWERS_A_STEP else size._replace(answers=size.answers + 1)
