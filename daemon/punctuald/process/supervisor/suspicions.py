"""What one process's end, or its own word, says against the messages that it ran."""

from __future__ import annotations

from collections.abc import Collection

from punctuald.process.channel.frames import Cleared, Stuck
from punctuald.stats.board.digest import message_digest
from punctuald.stats.board.tables.suspects import Suspects


class Suspicions:
    """Of one process. Each message is counted once in its life: one reported as stuck may still be running at its
    death."""

    def __init__(self, suspects: Suspects, pid: int) -> None:
        self._suspects = suspects
        self._pid = pid
        self._counted: set[int] = set()

    def hear(self, frame: Stuck | Cleared) -> None:
        """Stuck: it is about to give these back, and they are suspects before another worker can run them. Where it is
        stuck in one only, nothing else can be the cause. Cleared: they ran alone to their end."""
        digests = [message_digest(message_id) for message_id in frame.message_ids]
        if isinstance(frame, Stuck):
            self._count(digests, alone=len(digests) == 1)
        else:
            for digest in digests:
                self._suspects.clear(digest)

    def ended(self, running: Collection[int], *, may_convict: bool) -> None:
        """It is dead, and was running the messages with these digests. ``may_convict`` False: it was ended from
        outside, which says nothing of a message even if that ran alone."""
        self._count(running, alone=may_convict and len(running) == 1)
        self._suspects.forget_turn(self._pid)

    def _count(self, digests: Collection[int], *, alone: bool) -> None:
        for digest in digests:
            if digest not in self._counted:
                self._counted.add(digest)
                self._suspects.add(digest, alone=alone)
