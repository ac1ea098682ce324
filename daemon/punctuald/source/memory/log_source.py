"""A partitioned log in memory behind the port, as Kafka and Kinesis would stand there.

Nothing is leased: a record stays in flight until it is acknowledged, released or dead-lettered, or its partition goes.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from math import inf

from punctuald.model import Failure, Message, Metric, Release
from punctuald.ports import REASON_ATTRIBUTE, CountRequests, OnRevoked, SourceLimits, SourceRules

from .calls import Calls, bad_handle, require_at_most
from .cursor import Cursor
from .faults import MemoryFaults
from .group import MemoryGroup
from .log import Record

LIMITS = SourceLimits(largest_receive=500, largest_batch=500, longest_lease_seconds=inf)


class MemoryLogSource:
    """A `Source` on one consumer's share of a log; several share one `MemoryGroup`. Its first receive joins the group.

    Checkpoints are committed with an acknowledgement, at most one commit in ``commit_every_seconds`` (0 = with each),
    and before a partition goes, and at the close. Calls beyond `limits` raise `ValueError`.
    """

    def __init__(
        self,
        group: MemoryGroup,
        count: CountRequests,
        faults: MemoryFaults | None = None,
        *,
        commit_every_seconds: float = 0.0,
    ) -> None:
        self.faults = faults or MemoryFaults()
        self._group = group
        self._log = group.log
        self._calls = Calls(group.log.name, count, self.faults)
        self._commit_every_seconds = commit_every_seconds
        self._committed_mono = group.log.clock.mono()
        self._cursors: dict[str, Cursor] = {}  # in the order of their turns
        self._paused: set[str] = set()
        self._going: set[str] = set()  # about to be taken away: nothing more is read of them
        self._on_revoked: OnRevoked | None = None

    @property
    def name(self) -> str:
        """See `Source.name`."""
        return self._log.name

    @property
    def ordered(self) -> bool:
        """See `Source.ordered`: the records of one key must run in order."""
        return True

    @property
    def limits(self) -> SourceLimits:
        """See `Source.limits`."""
        return LIMITS

    @property
    def broker_ahead_seconds(self) -> float:
        """See `Source.broker_ahead_seconds`: it goes by the same clock as we do."""
        return 0.0

    async def receive(self, most: int, wait_seconds: float, visibility_seconds: int) -> list[Message]:  # noqa: ARG002  # no leases
        """See `Source.receive`. The first one also waits for the partitions' present owners to let go of them."""
        require_at_most(LIMITS.largest_receive, most, "records")
        await self._calls.begin(Metric.REQUEST_RECEIVE)
        await self._group.join(self)
        records = await self._wait_for_records(most, self._log.clock.mono() + wait_seconds)
        await self.faults.on_the_way_back(Metric.REQUEST_RECEIVE)
        return [self._message(record) for record in records if self._is_still_ours(record)]

    async def acknowledge(self, messages: Sequence[Message]) -> list[Failure]:
        """See `Source.acknowledge`. Of a partition that went: code ``NotAssigned``, not retryable."""
        require_at_most(LIMITS.largest_batch, len(messages), "records")
        handles = [message.receipt_handle for message in messages]
        if self._log.clock.mono() - self._committed_mono >= self._commit_every_seconds:
            return await self._calls.make(Metric.REQUEST_ACKNOWLEDGE, lambda: self._acknowledge_and_commit(handles))
        self._calls.refuse_if_closed()
        return self._calls.each(handles, self._acknowledge)

    async def extend(self, messages: Sequence[Message], seconds: int) -> list[Failure]:  # noqa: ARG002  # no leases
        """See `Source.extend`: there is no lease to renew."""
        self._calls.refuse_if_closed()
        return []

    async def release(self, releases: Sequence[Release]) -> list[Failure]:
        """See `Source.release`. No request: what is read again is this consumer's own affair."""
        require_at_most(LIMITS.largest_batch, len(releases), "records")
        self._calls.refuse_if_closed()
        now_mono = self._log.clock.mono()
        due = {release.message.receipt_handle: now_mono + release.after_seconds for release in releases}
        failures = self._calls.each(due, lambda handle: self._release(handle, due[handle]))
        self._log.arrivals.announce()
        return failures

    async def dead_letter(self, message: Message, reason: str) -> list[Failure]:
        """See `Source.dead_letter`."""
        handle = message.receipt_handle
        if self._log.dead_letters is None:
            return [self._calls.no_dead_letter_queue(handle)]
        return await self._calls.make(Metric.REQUEST_DEAD_LETTER, lambda: self._copy(message, reason)) or (
            await self.acknowledge([message])
        )

    async def rules(self) -> SourceRules:
        """See `Source.rules`: a log counts no receives."""
        self._calls.refuse_if_closed()
        return SourceRules(max_receives=None)

    def pause(self, partitions: Collection[str]) -> None:
        """See `Source.pause`. Partitions that are not this source's are left alone."""
        self._paused |= self._cursors.keys() & set(partitions)

    def resume(self, partitions: Collection[str]) -> None:
        """See `Source.resume`."""
        self._paused -= set(partitions)
        self._log.arrivals.announce()

    def on_revoked(self, call: OnRevoked) -> None:
        """See `Source.on_revoked`."""
        self._on_revoked = call

    def end_receiving(self) -> None:
        """See `Source.end_receiving`: its partitions are given to others at its end, as Kafka's are."""

    async def close(self) -> None:
        """See `Source.close`. What is done is committed, and the group's others get the partitions at once.

        Nobody is asked: whoever closes a source is done with it. A waiting receive ends in `SourceUnavailable`.
        """
        if not self._calls.closed:
            self._calls.closed = True
            self._log.arrivals.announce()
            self._commit(self._cursors)
            self._forget(set(self._cursors))
            await self._group.leave(self)

    def gain(self, partitions: Collection[str]) -> None:
        """See `Member.gain`."""
        for partition in sorted(partitions):
            self._cursors[partition] = Cursor(self._group.checkpoint(partition))
        self._log.arrivals.announce()

    async def lose(self, partitions: Collection[str]) -> None:
        """See `Member.lose`. Whatever the owner of this source does, the partitions are gone afterwards."""
        self._going |= set(partitions)
        try:
            if self._on_revoked is not None:
                await self._on_revoked(partitions)
        finally:
            self._commit(partitions)
            self._forget(partitions)

    async def _wait_for_records(self, most: int, until_mono: float) -> list[Record]:
        while True:
            self._calls.refuse_if_closed()
            now_mono = self._log.clock.mono()
            records = self._read(most, now_mono)
            if records or now_mono >= until_mono:
                return records
            due_mono = min((cursor.next_due_mono(now_mono) for cursor in self._cursors.values()), default=inf)
            await self._log.arrivals.wait(min(until_mono, due_mono) - now_mono)

    def _read(self, most: int, now_mono: float) -> list[Record]:
        taken: list[Record] = []
        for partition, cursor in list(self._readable()):
            records = cursor.read(self._log.records(partition), most - len(taken), now_mono)
            if records:
                self._cursors[partition] = self._cursors.pop(partition)  # its turn is over
            taken += records
        return taken

    def _readable(self) -> Iterator[tuple[str, Cursor]]:
        owned = self._group.owned(self) - self._paused - self._going
        return ((partition, cursor) for partition, cursor in self._cursors.items() if partition in owned)

    def _is_still_ours(self, record: Record) -> bool:
        """Whether its partition did not begin to go while it was on its way: nothing of it comes after that call."""
        owned = self._group.owned(self) - self._going
        return record.partition in owned and self._cursors[record.partition].has_in_flight(record.offset)

    def _acknowledge_and_commit(self, handles: Sequence[str]) -> list[Failure]:
        failures = self._calls.each(handles, self._acknowledge)
        self._commit(self._cursors)
        return failures

    def _acknowledge(self, handle: str) -> Failure | None:
        return self._on_cursor(handle, lambda cursor, offset: cursor.acknowledge(offset))

    def _release(self, handle: str, not_before_mono: float) -> Failure | None:
        return self._on_cursor(handle, lambda cursor, offset: cursor.release(offset, not_before_mono))

    def _on_cursor(self, handle: str, do: Callable[[Cursor, int], bool]) -> Failure | None:
        partition, _, offset = handle.rpartition(":")
        if not offset.isdigit() or partition not in self._log.partitions:
            return bad_handle(handle, "no record of this log")
        if partition not in self._group.owned(self):
            return Failure(handle, "NotAssigned", f"partition {partition!r} is another consumer's now", retryable=False)
        return None if do(self._cursors[partition], int(offset)) else bad_handle(handle, "the record is not in flight")

    def _copy(self, message: Message, reason: str) -> list[Failure]:
        handle = message.receipt_handle
        failure = self._on_cursor(handle, lambda cursor, offset: cursor.has_in_flight(offset))
        if failure is not None:
            return [failure]
        record = self._log.records(message.partition)[int(handle.rpartition(":")[2])]
        attributes = {**record.attributes, REASON_ATTRIBUTE: reason}
        if self._log.dead_letters is not None:
            self._log.dead_letters.append(replace(record, attributes=attributes))
        return []

    def _commit(self, partitions: Collection[str]) -> None:
        for partition in self._cursors.keys() & set(partitions):
            self._group.commit(self, partition, self._cursors[partition].checkpoint)
        self._committed_mono = self._log.clock.mono()

    def _forget(self, partitions: Collection[str]) -> None:
        for partition in partitions:
            self._cursors.pop(partition, None)
        self._paused -= set(partitions)
        self._going -= set(partitions)

    def _message(self, record: Record) -> Message:
        return Message(
            id=f"{self.name}-{record.partition}:{record.offset}",
            queue=self.name,
            body=record.body,
            receipt_handle=f"{record.partition}:{record.offset}",
            sent_utc=record.sent_utc,
            received_utc=self._log.clock.utc(),
            receive_count=1,
            group=record.key,
            attributes=record.attributes,
            partition=record.partition,
        )
