"""From when each received message may run: its queue, its producer and its handler may say so."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from punctuald.delivery.in_flight import InFlight
from punctuald.delivery.queue_options import QueueOptions
from punctuald.delivery.worker_context import WorkerContext
from punctuald.model import Message
from punctuald.policy.delivery.due_time import Due, due_of


class DueTimes:
    """Of one queue; ``delay_seconds`` is for how long it hides new messages by itself."""

    def __init__(self, options: QueueOptions, context: WorkerContext, delay_seconds: Callable[[], float]) -> None:
        self._written = options.due_time
        self._is_written = options.due_time.is_named
        self._asked_of = context.due_table.asked_of
        self._delay_seconds = delay_seconds

    def of_all(self, messages: Sequence[Message]) -> list[Due] | None:
        """Of each of ``messages``; None where each may run since it was sent, as most do."""
        delay_seconds = self._delay_seconds()
        if delay_seconds or self._is_written:
            return [self._due_of(message, delay_seconds) for message in messages]
        if any([message.receive_count > 1 and self._asked_of(message.id) for message in messages]):  # noqa: C419 - quicker
            return [self._due_of(message, delay_seconds) for message in messages]
        return None

    def _due_of(self, message: Message, delay_seconds: float) -> Due:
        written_utc = self._written.read(message) if self._is_written else None
        asked = self._asked_of(message.id) if message.receive_count > 1 else None
        return due_of(message, delay_seconds, written_utc, asked)


def count_from_due(item: InFlight, due: Due) -> None:
    """Have the tier of ``item``, which was received just now, count from its due time.

    A due time that was named replaces the event's own time; a queue's delay comes on top of it.
    """
    message = item.message
    due_mono = item.received_mono + due.utc - message.received_utc
    item.count_from(due_mono, 0.0 if due.is_named else item.tier_target.produce_seconds)
    item.is_early = due.is_named and due.utc > message.received_utc
