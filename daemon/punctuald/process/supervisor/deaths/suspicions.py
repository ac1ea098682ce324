"""What one process's end, or its own word, says against the messages that it ran."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from punctuald.process.channel.frames import Cleared, Ill, OfMessages, Stuck
from punctuald.stats.board.digest import message_digest
from punctuald.stats.board.tables.suspects import SUSPECTS, Suspects
from punctuald.stats.board.tables.tables import Tables

MOST_NAMED = SUSPECTS
"""Messages that one process may speak of: a table remembers no more. Whatever a handler writes into the process's line
costs the supervisor no more time and memory than these."""


class Suspicions:
    """Of one process. Each message is counted once in its life: one reported as stuck may still be running at its
    death, and a handler may run into the same want again and again."""

    def __init__(self, tables: Tables, pid: int) -> None:
        self._suspects = tables.suspects
        self._ills = tables.ills
        self._pid = pid
        self._counted: set[int] = set()
        self._ill_over: set[int] = set()

    def hear(self, frame: OfMessages) -> None:
        """Stuck: it is about to give these back, and they are suspects before another worker can run them. Where it is
        stuck in one only, nothing else can be the cause. Cleared: they ran alone to their end. Ill: it ran out of
        something while it ran them."""
        ids = frame.message_ids
        match frame:
            case Stuck():
                self._count(_room_for(ids, self._counted), alone=len(ids) == 1)
            case Cleared():
                for message_id in ids:
                    self._suspects.clear(message_digest(message_id))
            case Ill():
                _add_new(_room_for(ids, self._ill_over), self._ill_over, self._ills, alone=False)

    def ended(self, running: Collection[int], *, may_convict: bool) -> None:
        """It is dead, and was running the messages with these digests. ``may_convict`` False: it was ended from
        outside, which says nothing of a message even if that ran alone."""
        self._count(running, alone=may_convict and len(running) == 1)
        self._suspects.forget_turn(self._pid)

    def _count(self, digests: Collection[int], *, alone: bool) -> None:
        _add_new(digests, self._counted, self._suspects, alone=alone)


def _room_for(message_ids: Sequence[str], counted: set[int]) -> list[int]:
    """The digests of as many as the process may still name."""
    return [message_digest(message_id) for message_id in message_ids[: max(0, MOST_NAMED - len(counted))]]


def _add_new(digests: Collection[int], counted: set[int], table: Suspects, *, alone: bool) -> None:
    for digest in digests:
        if digest not in counted:
            counted.add(digest)
            table.add(digest, alone=alone)
