"""What is to be written to a child that may not be reading."""

from __future__ import annotations

import socket

from .frames import Ceiling, Down, Dump, Pause, Resume, encode
from .operator_frames import Answered, Explained, PoolState
from .share_frames import Share

MOST_WAITING = 256
"""Frames, not counting those in the kernel's buffer (208 KiB): two for each of a hundred queues, and some to spare."""


class Outbox:
    """Bounded, and oldest first.

    Frames say how things should be from now on, so a later one on the same subject replaces the one that waits. Where
    the bound is reached all the same, the oldest frame is dropped, because the later ones matter more.
    """

    def __init__(self) -> None:
        self._begun = b""  # the rest of a frame that is partly written: never dropped, or the next would be garbled
        self._waiting: dict[tuple[str, str], bytes] = {}
        self.dropped = 0

    def __bool__(self) -> bool:
        return bool(self._begun or self._waiting)

    def put(self, frame: Down) -> None:
        """Have it written when its turn comes."""
        subject = _subject(frame)
        self._waiting.pop(subject, None)
        if len(self._waiting) >= MOST_WAITING:
            self._waiting.pop(next(iter(self._waiting)))
            self.dropped += 1
        self._waiting[subject] = encode(frame)

    def write_to(self, end: socket.socket) -> None:
        """All that a non-blocking socket takes now. Raises OSError: BlockingIOError where it takes no more."""
        while self:
            if not self._begun:
                self._begun = self._waiting.pop(next(iter(self._waiting)))
            self._begun = self._begun[end.send(self._begun) :]

    def clear(self) -> None:
        """Drop everything: the child reads no more."""
        self._begun = b""
        self._waiting.clear()


def _subject(frame: Down) -> tuple[str, str]:
    match frame:
        case Pause(queue) | Resume(queue):
            return "pause", queue
        case Share(queue):
            return "share", queue
        case Answered(number):
            return "answered", str(number)
        case Ceiling() | Dump() | PoolState() | Explained():
            return type(frame).__name__, ""
