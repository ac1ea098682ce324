"""A worker's handler slots by what runs in them: a message can use those of its handler's kind, and no others."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import NamedTuple


class HandlerKind(IntEnum):
    """What a handler is. A member's number is its place on the board."""

    FUNCTION = 0  # runs in a thread
    COROUTINE = 1  # runs on the worker's second event loop


class SlotUse(NamedTuple):
    """The slots of one kind: those that run something, and all. A worker without handlers of the kind has none."""

    busy: int = 0
    slots: int = 0


def added_up(workers: Sequence[Sequence[SlotUse]]) -> tuple[SlotUse, ...]:
    """The slots of several workers together."""
    return tuple(
        SlotUse(sum(uses[kind].busy for uses in workers), sum(uses[kind].slots for uses in workers))
        for kind in HandlerKind
    )


def busy_share(uses: Sequence[SlotUse]) -> float | None:
    """Of the kind that has the largest share of its slots busy: messages of that kind wait, however many slots of the
    other one are free. None without any slots."""
    return max((use.busy / use.slots for use in uses if use.slots), default=None)


def usable_slots(work: Sequence[float], slots: Sequence[float]) -> float:
    """How many of ``slots``, by kind, can be busy at the same time while ``work`` comes in these proportions: then all
    of one kind are, and as many of the other as that leaves to do. Without work, which says nothing yet: all."""
    pairs = [(each, of) for each, of in zip(work, slots, strict=True) if of > 0]
    loads = [each / of for each, of in pairs if each > 0]
    if not loads:
        return sum(of for _, of in pairs)
    if len(loads) == 1:
        return next(of for each, of in pairs if each > 0)
    return sum(each for each, _ in pairs) / max(loads)
