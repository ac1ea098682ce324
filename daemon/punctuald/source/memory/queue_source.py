"""A queue in memory behind the port. It keeps every rule that SQS keeps: both pass tests/contract."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from punctuald.model import Failure, Message, Metric, Release
from punctuald.policy.delivery.lease import LONGEST_LEASE_SECONDS
from punctuald.ports import REASON_ATTRIBUTE, CountRequests, OnRevoked, SourceLimits, SourceRules

from .calls import Calls, bad_handle, require_at_most
from .faults import MemoryFaults
from .queue import Entry, MemoryQueue

LIMITS = SourceLimits(largest_receive=10, largest_batch=10, longest_lease_seconds=LONGEST_LEASE_SECONDS)
"""SQS's own: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html"""


class MemoryQueueSource:
    """A `Source` on a `MemoryQueue`; several may share one, as several workers share an SQS queue.

    Calls beyond `limits` raise `ValueError`. ``faults`` are those of the broker: share one among its sources.
    """

    def __init__(self, queue: MemoryQueue, count: CountRequests, faults: MemoryFaults | None = None) -> None:
        self.faults = faults or MemoryFaults()
        self._queue = queue
        self._calls = Calls(queue.name, count, self.faults)

    @property
    def name(self) -> str:
        """See `Source.name`."""
        return self._queue.name

    @property
    def ordered(self) -> bool:
        """See `Source.ordered`."""
        return self._queue.fifo

    @property
    def limits(self) -> SourceLimits:
        """See `Source.limits`."""
        return LIMITS

    @property
    def broker_ahead_seconds(self) -> float:
        """See `Source.broker_ahead_seconds`: it goes by the same clock as we do."""
        return 0.0

    async def receive(self, most: int, wait_seconds: float, visibility_seconds: int) -> list[Message]:
        """See `Source.receive`."""
        require_at_most(LIMITS.largest_receive, most, "messages")
        await self._calls.begin(Metric.REQUEST_RECEIVE)
        messages = await self._take(most, self._queue.clock.mono() + wait_seconds, visibility_seconds)
        await self.faults.on_the_way_back(Metric.REQUEST_RECEIVE)
        return messages

    async def acknowledge(self, messages: Sequence[Message]) -> list[Failure]:
        """See `Source.acknowledge`."""
        handles = [message.receipt_handle for message in messages]
        return await self._batch(Metric.REQUEST_ACKNOWLEDGE, handles, self._delete)

    async def extend(self, messages: Sequence[Message], seconds: int) -> list[Failure]:
        """See `Source.extend`."""
        handles = [message.receipt_handle for message in messages]
        return await self._batch(Metric.REQUEST_EXTEND, handles, lambda handle: self._hide(handle, seconds))

    async def release(self, releases: Sequence[Release]) -> list[Failure]:
        """See `Source.release`."""
        delays = {release.message.receipt_handle: release.after_seconds for release in releases}
        return await self._batch(
            Metric.REQUEST_RELEASE, list(delays), lambda handle: self._hide(handle, delays[handle])
        )

    async def dead_letter(self, message: Message, reason: str) -> list[Failure]:
        """See `Source.dead_letter`."""
        target = self._queue.dead_letter_queue
        if target is None:
            return [self._calls.no_dead_letter_queue(message.receipt_handle)]
        attributes = {**message.attributes, REASON_ATTRIBUTE: reason}
        await self._calls.make(
            Metric.REQUEST_DEAD_LETTER, lambda: target.send(message.body, group=message.group, attributes=attributes)
        )
        return await self.acknowledge([message])

    async def rules(self) -> SourceRules:
        """See `Source.rules`."""
        queue = self._queue
        return await self._calls.make(
            Metric.REQUEST_ATTRIBUTES, lambda: SourceRules(queue.most_receives or None, queue.delay_seconds)
        )

    def pause(self, partitions: Collection[str]) -> None:
        """See `Source.pause`: a queue has no partitions."""

    def resume(self, partitions: Collection[str]) -> None:
        """See `Source.resume`: a queue has no partitions."""

    def on_revoked(self, call: OnRevoked) -> None:
        """See `Source.on_revoked`: nothing is ever taken from a queue's consumer but by its leases."""

    def end_receiving(self) -> None:
        """See `Source.end_receiving`: others receive from the queue anyway."""

    async def close(self) -> None:
        """See `Source.close`. A waiting receive of this source ends in `SourceUnavailable`."""
        self._calls.closed = True
        self._queue.arrivals.announce()

    async def _take(self, most: int, until_mono: float, visibility_seconds: int) -> list[Message]:
        """Wait for a message to be sent or to become visible; several receives may wait at once."""
        queue = self._queue
        while True:
            self._calls.refuse_if_closed()
            entries = queue.take(most, visibility_seconds)
            now_mono = queue.clock.mono()
            if entries or now_mono >= until_mono:
                return [self._message(entry) for entry in entries]
            await queue.arrivals.wait(min(until_mono, queue.next_visible_mono()) - now_mono)

    async def _batch(
        self, metric: Metric, handles: Sequence[str], do: Callable[[str], Failure | None]
    ) -> list[Failure]:
        require_at_most(LIMITS.largest_batch, len(handles), "messages")
        return await self._calls.make(metric, lambda: self._calls.each(handles, do))

    def _delete(self, handle: str) -> Failure | None:
        entry = self._queue.leased(handle)
        if entry is not None:
            self._queue.delete(entry)
            return None
        return None if self._queue.is_gone(handle) else _expired(handle)

    def _hide(self, handle: str, seconds: float) -> Failure | None:
        entry = self._queue.leased(handle)
        if entry is None:
            return _expired(handle)
        self._queue.hide_again(entry, seconds)
        return None

    def _message(self, entry: Entry) -> Message:
        return Message(
            id=entry.id,
            queue=self.name,
            body=entry.body,
            receipt_handle=entry.handle,
            sent_utc=entry.sent_utc,
            received_utc=self._queue.clock.utc(),
            receive_count=entry.receive_count,
            group=entry.group if self.ordered else None,
            attributes=entry.attributes,
        )


def _expired(handle: str) -> Failure:
    return bad_handle(handle, "the lease has run out")
