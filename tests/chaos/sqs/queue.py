"""One queue with Amazon SQS's documented semantics. It has no clock and no wait of its own: every call is given now.

Source: Amazon SQS API Reference and Developer Guide (visibility timeout, dead-letter queues, FIFO delivery logic).
"""

from __future__ import annotations

import heapq
import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import count
from typing import Any

from chaos.ledger.events import Kind, QueueEvent
from chaos.sqs.attempts import ReceiveAttempts
from chaos.sqs.order import FifoOrder, Order, StandardOrder
from chaos.sqs.stored import (
    MAX_VISIBILITY_SECONDS,
    Post,
    QueueSettings,
    Refused,
    StoredMessage,
    new_handle,
    reason_of,
)

DEDUPLICATION_SECONDS = 300.0

Record = Callable[[QueueEvent], None]


class Queue:
    """Standard or FIFO, by its settings. ``redrive`` takes a message whose receives are used up."""

    def __init__(
        self,
        settings: QueueSettings,
        record: Record,
        redrive: Callable[[StoredMessage, float], None] | None = None,
        *,
        utc_offset_seconds: float = 0.0,
    ) -> None:
        self.settings = settings
        self._record = record
        self._redrive = redrive
        self._utc_offset_seconds = utc_offset_seconds
        self._order: Order = FifoOrder() if settings.fifo else StandardOrder()
        self._attempts = ReceiveAttempts()
        self._sequences = count(1)
        self._messages: dict[int, StoredMessage] = {}
        self._handles: dict[str, StoredMessage | None] = {}  # None: the message was deleted
        self._timers: list[tuple[float, int, int]] = []  # (when, sequence, version), a heap
        self._doubles: list[tuple[float, int, StoredMessage]] = []
        self._sent: dict[str, tuple[float, str]] = {}  # by deduplication id: when, and the message's id

    def advance(self, now: float) -> None:
        """Make visible what has come to its time."""
        while self._timers and self._timers[0][0] <= now:
            due_mono, sequence, version = heapq.heappop(self._timers)
            message = self._messages.get(sequence)
            if message is not None and message.version == version:
                self._show(message, due_mono)
        while self._doubles and self._doubles[0][0] <= now:
            self._show_again(heapq.heappop(self._doubles)[2])

    def next_change_mono(self) -> float | None:
        """When `advance` may next have something to do."""
        return min((heap[0][0] for heap in (self._timers, self._doubles) if heap), default=None)

    def send(self, post: Post, now: float) -> str:
        """Returns the message's id: of the first one, where a FIFO queue has had its deduplication id just now."""
        if self.settings.fifo and post.group is None:
            raise Refused("MissingParameter", "The request must contain the parameter MessageGroupId.")
        sent_mono, sent_id = self._sent.get(post.deduplication_id, (0.0, ""))
        if post.deduplication_id and sent_id and now - sent_mono < DEDUPLICATION_SECONDS:
            return sent_id
        message = self._add(str(uuid.uuid4()), post, now)
        self._sent[post.deduplication_id] = (now, message.id)
        self._record_event(Kind.SENT, message, now, group=post.group, body=post.body, reason=reason_of(post))
        return message.id

    def adopt(self, message: StoredMessage, now: float) -> None:
        """Take over a message that another queue redrives: its id stays (as in SQS), its receives begin anew."""
        self._add(message.id, replace(message.post, delay_seconds=0), now)

    def receive(
        self, limit: int, visibility_seconds: int | None, now: float, *, pid: int | None = None, attempt_id: str = ""
    ) -> list[StoredMessage]:
        """Take up to ``limit`` messages, each with a new receipt handle, and hide them."""
        self.advance(now)
        seconds = self.settings.visibility_seconds if visibility_seconds is None else visibility_seconds
        if (again := self._attempts.again(attempt_id, now)) is not None:
            for message in again:
                self._hide_until(message, now + seconds)
            return again
        taken: list[StoredMessage] = []
        while len(taken) < limit and (picked := self._order.pick(limit - len(taken))):
            taken += [message for message in picked if self._taken(message, seconds, now, pid)]
        self._attempts.remember(attempt_id, taken, now)
        return taken

    def delete(self, handle: str, now: float, *, pid: int | None = None) -> None:
        """Raises `Refused`: on a FIFO queue a handle whose visibility timeout is over; everywhere an unknown one."""
        self.advance(now)
        message = self._find(handle)
        if message is None:
            return  # deleted before: a success, as SQS has it
        stale = message.handle != handle
        if self.settings.fifo and (stale or not message.in_flight):
            self._record_event(Kind.DELETE_REFUSED, message, now, handle=handle, pid=pid, detail="expired")
            raise Refused("InvalidParameterValue", f"Value {handle} … Reason: The receipt handle has expired.")
        if stale:
            self._record_event(Kind.DELETE_IGNORED, message, now, handle=handle, pid=pid)
            return
        self._record_event(Kind.DELETED, message, now, handle=handle, pid=pid)
        self._remove(message)

    def change_visibility(self, handle: str, seconds: int, now: float, *, pid: int | None = None) -> None:
        """Raises `Refused` where the message is not in flight by this handle, or would be hidden too long."""
        self.advance(now)
        message = self._find(handle)
        if message is None or message.handle != handle or not message.in_flight:
            if message is not None:
                self._record_event(Kind.VISIBILITY_REFUSED, message, now, handle=handle, pid=pid)
            raise Refused("InvalidParameterValue", f"Value {handle} … Reason: Message is not available for … change.")
        if not 0 <= seconds <= MAX_VISIBILITY_SECONDS - (now - message.received_mono):
            raise Refused("InvalidParameterValue", f"Total VisibilityTimeout is beyond the limit: {seconds} seconds.")
        self._record_event(Kind.VISIBILITY_CHANGED, message, now, handle=handle, pid=pid, seconds=seconds)
        self._attempts.forget(message)
        if seconds == 0:
            self._make_visible(message)
        else:
            self._hide_until(message, now + seconds)

    def double(self, message: StoredMessage, now: float, after_seconds: float) -> None:
        """Have a message delivered a second time, once, whatever becomes of the first delivery (standard queues)."""
        if not message.had_double:
            message.had_double = True
            heapq.heappush(self._doubles, (now + after_seconds, message.sequence, message))

    def names(self, handles: Sequence[str]) -> list[str]:
        """The ids of the messages that have these handles, now or before."""
        found = [self._handles.get(handle) for handle in handles]
        return [message.id for message in found if message is not None]

    def expire(self, handle: str, now: float) -> None:
        """End the visibility timeout of a message that is in flight by this handle."""
        message = self._handles.get(handle)
        if message is not None and message.in_flight and message.handle == handle:
            self._show(message, now)

    def expire_all(self, now: float) -> None:
        """End all delays and visibility timeouts, and redrive what has no receive left: what would come in time."""
        for message in list(self._messages.values()):
            if message.visible_mono > 0:
                self._show(message, now)
        for message in list(self._messages.values()):
            if self._exhausted(message):
                self._send_away(message, now)

    def counts(self) -> tuple[int, int, int]:
        """Visible, in flight, delayed, as they are."""
        in_flight = sum(message.in_flight for message in self._messages.values())
        hidden = sum(message.visible_mono > 0 for message in self._messages.values())
        return len(self._messages) - hidden, in_flight, hidden - in_flight

    def _add(self, message_id: str, post: Post, now: float) -> StoredMessage:
        delay_seconds = self.settings.delay_seconds if post.delay_seconds is None else post.delay_seconds
        message = StoredMessage(message_id, post, next(self._sequences), self._utc_ms(now))
        self._messages[message.sequence] = message
        self._order.add(message)
        if delay_seconds > 0:
            self._hide_until(message, now + delay_seconds)
        else:
            self._order.show(message)
        return message

    def _taken(self, message: StoredMessage, seconds: float, now: float, pid: int | None) -> bool:
        """Whether the receiver gets it; if not, it went to the dead-letter queue."""
        if self._exhausted(message):
            self._send_away(message, now)
            return False
        message.receive_count += 1
        message.first_received_ms = message.first_received_ms or self._utc_ms(now)
        message.received_mono = now
        message.handle = new_handle(message)
        self._handles[message.handle] = message
        self._order.take(message)
        message.in_flight = True
        self._hide_until(message, now + seconds)
        self._record_event(Kind.RECEIVED, message, now, pid=pid, seconds=seconds)
        message.doubled = False
        return True

    def _exhausted(self, message: StoredMessage) -> bool:
        limit = self.settings.max_receive_count
        return limit is not None and not message.doubled and message.receive_count >= limit and not message.in_flight

    def _send_away(self, message: StoredMessage, now: float) -> None:
        self._remove(message)
        self._record_event(Kind.REDRIVEN, message, now)
        if self._redrive is not None:
            self._redrive(message, now)

    def _show(self, message: StoredMessage, mono: float) -> None:
        if message.in_flight:
            self._record_event(Kind.EXPIRED, message, mono)
        self._make_visible(message)

    def _show_again(self, message: StoredMessage) -> None:
        """Of a message in flight, or of a deleted one: a server of SQS that was away has a copy (at-least-once)."""
        if message.sequence not in self._messages:
            message = replace(message, sequence=next(self._sequences), handle="", in_flight=False)
            self._messages[message.sequence] = message
            self._make_visible(message)
        message.doubled = True
        self._order.show(message)

    def _make_visible(self, message: StoredMessage) -> None:
        self._order.show(message)
        message.in_flight = False
        message.version += 1
        message.visible_mono = 0.0

    def _hide_until(self, message: StoredMessage, until_mono: float) -> None:
        message.version += 1
        message.visible_mono = until_mono
        heapq.heappush(self._timers, (until_mono, message.sequence, message.version))

    def _remove(self, message: StoredMessage) -> None:
        self._order.remove(message)
        message.in_flight = False
        del self._messages[message.sequence]
        if message.handle:
            self._handles[message.handle] = None

    def _find(self, handle: str) -> StoredMessage | None:
        if handle not in self._handles:
            raise Refused("ReceiptHandleIsInvalid", "The input receipt handle is invalid.")
        message = self._handles[handle]
        return message if message is not None and message.sequence in self._messages else None

    def _utc_ms(self, now: float) -> int:
        return int((now + self._utc_offset_seconds) * 1000)

    def _record_event(self, kind: Kind, message: StoredMessage, mono: float, **fields: Any) -> None:
        known = {"handle": message.handle, "receive_count": message.receive_count, "doubled": message.doubled}
        self._record(QueueEvent(mono, kind, self.settings.name, message.id, **{**known, **fields}))
