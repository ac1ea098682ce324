"""A source of messages in this process's memory: for tests, simulations and trying handlers out.

It keeps every promise of the port that SQS keeps (both pass tests/contract), and misbehaves on demand (`MemoryFaults`).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence

from punctuald.errors import SourceUnavailable
from punctuald.model import NO_ATTRIBUTES, Backlog, Counter, Failure, Message, Release

from .memory_faults import MemoryFaults
from .memory_queue import Entry, MemoryQueue
from .port import CountRequests

MAX_BATCH = 10

REASON_ATTRIBUTE = "punctuald.reason"

CLOCK_TICK_SECONDS = 0.02
"""How often a waiting receive looks at the clock, which may be a `ManualClock` that another thread turns unheard."""


class MemoryBroker:
    """What all users of one `MemoryQueue` share: its lock and condition, and the faults to come."""

    def __init__(self, queue: MemoryQueue) -> None:
        self.queue = queue
        self.faults = MemoryFaults()
        self.changed = threading.Condition()

    def send(
        self,
        body: str,
        *,
        group: str | None = None,
        attributes: Mapping[str, str] = NO_ATTRIBUTES,
        delay_seconds: float = 0,
    ) -> str:
        """Send a message and wake the receives that wait for one; its id."""
        with self.changed:
            identity = self.queue.send(body, group=group, attributes=attributes, delay_seconds=delay_seconds)
            self.changed.notify_all()
        return identity


class MemorySource:
    """A `Source` on a `MemoryQueue`; several sources may share one, as several workers share an SQS queue."""

    def __init__(self, broker: MemoryBroker, count: CountRequests) -> None:
        self._broker = broker
        self._count = count
        self._closed = False

    @property
    def name(self) -> str:
        """See `Source.name`."""
        return self._broker.queue.name

    @property
    def ordered(self) -> bool:
        """See `Source.ordered`."""
        return self._broker.queue.fifo

    def receive(self, room: int, wait_seconds: float, visibility_seconds: int) -> list[Message]:
        """See `Source.receive`."""
        self._begin(Counter.REQUEST_RECEIVE)
        queue = self._broker.queue
        until_mono = queue.clock.mono() + wait_seconds
        with self._broker.changed:
            while True:
                entries = queue.take(max(1, min(room, MAX_BATCH)), visibility_seconds)
                if entries or queue.clock.mono() >= until_mono:
                    return [self._message(entry) for entry in entries]
                self._broker.changed.wait(CLOCK_TICK_SECONDS)
                self._refuse_if_closed()

    def acknowledge(self, messages: Sequence[Message]) -> list[Failure]:
        """See `Source.acknowledge`."""
        handles = _distinct(message.receipt_handle for message in messages)
        return self._for_each(Counter.REQUEST_ACKNOWLEDGE, handles, self._delete)

    def extend(self, messages: Sequence[Message], seconds: int) -> list[Failure]:
        """See `Source.extend`."""
        handles = _distinct(message.receipt_handle for message in messages)
        return self._for_each(Counter.REQUEST_EXTEND, handles, lambda handle: self._hide(handle, seconds))

    def release(self, releases: Sequence[Release]) -> list[Failure]:
        """See `Source.release`."""
        delays = {release.message.receipt_handle: release.after_seconds for release in releases}
        return self._for_each(Counter.REQUEST_RELEASE, list(delays), lambda handle: self._hide(handle, delays[handle]))

    def dead_letter(self, message: Message, reason: str) -> list[Failure]:
        """See `Source.dead_letter`."""
        target = self._broker.queue.dead_letter_queue
        if target is None:
            text = f"queue {self.name!r} has no dead-letter queue"
            return [Failure(message.receipt_handle, "NoDeadLetterQueue", text, retryable=False)]
        self._begin(Counter.REQUEST_DEAD_LETTER)
        with self._broker.changed:
            target.send(message.body, group=message.group, attributes={**message.attributes, REASON_ATTRIBUTE: reason})
        return self.acknowledge([message])

    def close(self) -> None:
        """See `Source.close`. A waiting receive of this source ends in `SourceUnavailable`."""
        with self._broker.changed:
            self._closed = True
            self._broker.changed.notify_all()

    def _begin(self, counter: Counter) -> None:
        self._refuse_if_closed()
        self._count(counter)
        self._broker.faults.strike(counter)

    def _refuse_if_closed(self) -> None:
        if self._closed:
            raise SourceUnavailable(f"queue {self.name!r}: the source is closed", code="Closed")

    def _for_each(self, counter: Counter, handles: Sequence[str], do: Callable[[str], Failure | None]) -> list[Failure]:
        failures: list[Failure] = []
        for start in range(0, len(handles), MAX_BATCH):
            self._begin(counter)
            with self._broker.changed:
                batch = handles[start : start + MAX_BATCH]
                outcomes = [self._broker.faults.refusal(handle) or do(handle) for handle in batch]
                self._broker.changed.notify_all()
            failures += [failure for failure in outcomes if failure is not None]
        return failures

    def _delete(self, handle: str) -> Failure | None:
        queue = self._broker.queue
        entry = queue.leased(handle)
        if entry is not None:
            queue.delete(entry)
        return None if entry is not None or queue.is_gone(handle) else _expired(handle)

    def _hide(self, handle: str, seconds: float) -> Failure | None:
        entry = self._broker.queue.leased(handle)
        if entry is None:
            return _expired(handle)
        self._broker.queue.hide_again(entry, seconds)
        return None

    def _message(self, entry: Entry) -> Message:
        return Message(
            id=entry.id,
            queue=self.name,
            body=entry.body,
            receipt_handle=entry.handle,
            sent_utc=entry.sent_utc,
            received_utc=self._broker.queue.clock.utc(),
            receive_count=entry.receive_count,
            group=entry.group if self.ordered else None,
            attributes=entry.attributes,
        )


class MemoryGauge:
    """A `BacklogGauge` on a `MemoryBroker`."""

    def __init__(self, broker: MemoryBroker, count: CountRequests) -> None:
        self._broker = broker
        self._count = count

    def read(self) -> Backlog:
        """See `BacklogGauge.read`."""
        self._count(Counter.REQUEST_ATTRIBUTES)
        self._broker.faults.strike(Counter.REQUEST_ATTRIBUTES)
        with self._broker.changed:
            return self._broker.queue.backlog()


def _distinct(handles: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(handles))


def _expired(handle: str) -> Failure:
    return Failure(handle, "ReceiptHandleIsInvalid", "the lease has run out", retryable=False)
