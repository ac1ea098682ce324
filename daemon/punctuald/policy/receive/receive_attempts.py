"""Receives whose answer was lost, to be asked for again: the source gives the same messages and handles once more.

Source: Amazon SQS API Reference, ReceiveMessage, ReceiveRequestAttemptId (FIFO queues). Without it the messages of a
lost answer, and their groups, stand still for a whole lease.
"""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

REPEATABLE_SECONDS = 290.0
"""SQS knows an attempt for five minutes, which begin when it gets the call."""


class Attempt(NamedTuple):
    """One receive, by the id that it bears each time, and when it was made first."""

    id: str
    most: int
    begun_mono: float
    repeated: bool = False


class ReceiveAttempts:
    """Of one ordered queue. Several receives may be under way, and lost, at once."""

    def __init__(self) -> None:
        self._lost: deque[Attempt] = deque()
        self._are_known = True

    def next(self, fresh_id: str, most: int, now_mono: float) -> Attempt | None:
        """The oldest that was lost, else a new one for up to ``most`` messages; None where the source takes no ids."""
        while self._lost:
            attempt = self._lost.popleft()
            if now_mono - attempt.begun_mono < REPEATABLE_SECONDS:
                return attempt._replace(repeated=True)
        return Attempt(fresh_id, most, now_mono) if self._are_known else None

    def lost(self, attempt: Attempt) -> None:
        """No answer came: what it may have taken is to be asked for again."""
        self._lost.append(attempt)

    def refused(self, attempt: Attempt) -> None:
        """The source does not take its id: a repeated one's because a message of it changed meanwhile, a fresh one's
        because it knows no such ids, and gets none any more."""
        if not attempt.repeated:
            self._are_known = False
            self._lost.clear()
