"""All queues of one server, the moves between them, and the record of what happens in them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

from chaos.ledger.events import QueueEvent
from chaos.sqs.counters import ApproximateCounters, Vagueness
from chaos.sqs.polls import Polls
from chaos.sqs.queue import Queue
from chaos.sqs.stored import QueueSettings, Refused, StoredMessage

NO_SUCH_QUEUE = "QueueDoesNotExist"


@dataclass(frozen=True, slots=True)
class ServedQueue:
    """A queue, those who wait at it, and what is said of its length."""

    queue: Queue
    polls: Polls
    counters: ApproximateCounters


class QueueRegistry:
    """Queues by name. ``record`` is given every event."""

    def __init__(self, record: Callable[[QueueEvent], None], vagueness: Vagueness, seed: int) -> None:
        self.record = record
        self._vagueness = vagueness
        self._random = Random(seed)  # noqa: S311 - a draw that can be repeated
        self._queues: dict[str, ServedQueue] = {}

    def open(self, settings: QueueSettings) -> ServedQueue:
        """Make a queue, or give the one that is there."""
        if settings.name not in self._queues:
            offset_seconds = time.time() - time.monotonic()
            redrive = self._redrive_to(settings.dead_letter_queue) if settings.dead_letter_queue else None
            queue = Queue(settings, self.record, redrive, utc_offset_seconds=offset_seconds)
            counters = ApproximateCounters(self._vagueness, self._random)
            self._queues[settings.name] = ServedQueue(queue, Polls(queue), counters)
        return self._queues[settings.name]

    def find(self, name: str) -> ServedQueue:
        """Raises `Refused`."""
        if name not in self._queues:
            raise Refused(NO_SUCH_QUEUE, "The specified queue does not exist.")
        return self._queues[name]

    def names(self) -> Sequence[str]:
        """All of them."""
        return list(self._queues)

    def note_counts(self) -> None:
        """Let the counters remember how it is now: later they will say so."""
        for served in self._queues.values():
            served.counters.note(served.queue.counts(), time.monotonic())

    def _redrive_to(self, name: str) -> Callable[[StoredMessage, float], None]:
        def redrive(message: StoredMessage, now: float) -> None:
            served = self.find(name)
            served.queue.adopt(message, now)
            served.polls.wake()

        return redrive
