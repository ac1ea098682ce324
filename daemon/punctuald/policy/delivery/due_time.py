"""From when a message may run: its tier counts from there, because nobody could have done it before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from punctuald.model import Message

from .written_time import WrittenTime

LONGEST_AHEAD_SECONDS = 14 * 86_400.0
"""SQS keeps no message for longer: a due time beyond it is a slip, as milliseconds written for seconds are."""


@dataclass(frozen=True, slots=True)
class DueTime(WrittenTime):
    """Where producers write from when a message may run."""

    def read(self, message: Message) -> float | None:
        """UTC seconds; None where it is absent, unreadable, not after the send, or further ahead than is possible."""
        for due_utc in self.all_in(message):
            if message.sent_utc < due_utc <= message.sent_utc + LONGEST_AHEAD_SECONDS:  # false for NaN too
                return due_utc
        return None


class AskedDue(NamedTuple):
    """A due time of a message that went back, or may yet where its worker stops or dies. ``has_run``: its handler asked
    for it; else it came before the due time that its producer named, and no handler has seen it yet."""

    utc: float
    has_run: bool


class Due(NamedTuple):
    """From when a message may run. ``is_named``: by its producer or its handler, and not just by its queue's delay."""

    utc: float
    is_named: bool


def due_of(message: Message, delay_seconds: float, written_utc: float | None, asked: AskedDue | None) -> Due:
    """The latest of what its queue, its producer and its handler say.

    ``delay_seconds`` is the queue's own. A message with a shorter delay of its own may have come before: it could be
    had when it was received, at the latest.
    """
    could_be_had_utc = min(message.sent_utc + delay_seconds, message.received_utc)
    asked_utc = None if asked is None else asked.utc
    due_utc = max([could_be_had_utc, *(utc for utc in (written_utc, asked_utc) if utc is not None)])
    return Due(due_utc, is_named=due_utc > could_be_had_utc)
