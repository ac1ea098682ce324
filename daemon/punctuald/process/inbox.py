"""How a worker's threads reach its main thread: notes in a queue, and a descriptor that wakes its wait."""

from __future__ import annotations

import os
from enum import StrEnum
from queue import Empty, SimpleQueue


class Note(StrEnum):
    """What a thread has to say."""

    RECEIVED = "received"  # a queue answered for the first time
    MISCONFIGURED = "misconfigured"  # a queue refused us before it ever answered
    CRASHED = "crashed"  # a thread of ours ended by a fault of our own


class Inbox:
    """Many writers, one reader."""

    def __init__(self) -> None:
        self._notes: SimpleQueue[tuple[Note, str]] = SimpleQueue()
        self._wakeup = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)

    def fileno(self) -> int:
        """For selectors."""
        return self._wakeup

    def put(self, note: Note, text: str = "") -> None:
        """From any thread."""
        self._notes.put((note, text))
        os.eventfd_write(self._wakeup, 1)

    def read(self) -> list[tuple[Note, str]]:
        """All notes since the last call."""
        try:
            os.eventfd_read(self._wakeup)
        except BlockingIOError:
            return []
        notes = []
        while True:
            try:
                notes.append(self._notes.get_nowait())
            except Empty:
                return notes
