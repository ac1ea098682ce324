"""Which of what is ready can still be run before a stop's time is over."""

from __future__ import annotations

from collections.abc import Sequence
from heapq import heapify, heapreplace
from typing import NamedTuple


class Waiting(NamedTuple):
    """A message that is ready: of which queue, how long one call of its handler takes (None = not measured yet, which
    counts as no time), and how many messages one call gets."""

    queue: int
    service_seconds: float | None
    batch_size: int = 1


def end_in_time(slots: int, waiting: Sequence[Waiting], seconds_left: float) -> list[bool]:
    """For each that waits, in the order in which they start: whether it can still begin and end within
    ``seconds_left`` in one of ``slots``.

    One that can't takes no slot from those after it: begun and not ended in time, it has used up its receive all the
    same. Nothing can when no time is left.
    """
    if seconds_left <= 0:
        return [False] * len(waiting)
    free_seconds = [0.0] * slots  # when each slot is free
    heapify(free_seconds)
    room: dict[int, int] = {}  # in the last call of each queue that fits
    return [_fits(message, free_seconds, room, seconds_left) for message in waiting]


def _fits(message: Waiting, free_seconds: list[float], room: dict[int, int], seconds_left: float) -> bool:
    if room.get(message.queue, 0) > 0:
        room[message.queue] -= 1
        return True
    end_seconds = free_seconds[0] + (message.service_seconds or 0.0)
    if end_seconds > seconds_left:
        return False
    heapreplace(free_seconds, end_seconds)
    room[message.queue] = message.batch_size - 1
    return True
