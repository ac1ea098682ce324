"""One worker's share of an Amazon Kinesis stream as a source of messages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf
from random import Random

from punctuald.clock import Clock
from punctuald.logs.limited import LimitedLog
from punctuald.model import Failure, Message, Release
from punctuald.ports import LOG_LARGEST_BATCH, Count, OnRevoked, SayLag, SourceLimits
from punctuald.source.aws.clock_skew import ClockSkew
from punctuald.source.log.buffered_source import BufferedSource

from .api.api import KinesisApi
from .api.calls import StreamCalls
from .api.shard_list import ListedShards
from .counted_table import CountedTable
from .dead_letters import DeadLetters
from .leases.lease_table import LeaseTable
from .leases.leases import Leases
from .membership import Membership
from .reading.placement import Placement
from .reading.shard_reader import ReadingTools
from .reading.shard_readers import ShardReaders
from .reading.shard_sink import ShardSink
from .shard_reading import ShardReading
from .shard_readings import ShardReadings
from .stream import KinesisStream

LIMITS = SourceLimits(
    largest_receive=LOG_LARGEST_BATCH,
    largest_batch=LOG_LARGEST_BATCH,
    longest_lease_seconds=inf,
    has_attributes=False,
    has_keyless=False,
)


class KinesisSource(BufferedSource[ShardReading]):
    """A `Source`. Made on the worker's event loop, where everything in it runs but the calls to DynamoDB.

    ``metrics_table`` is where workers of KCL 3 say how they are. ``members``: how many workers this daemon is to have.
    """

    def __init__(
        self,
        stream: KinesisStream,
        api: KinesisApi,
        table: LeaseTable,
        metrics_table: LeaseTable,
        dead_letters: DeadLetters,
        say_lag: SayLag,
        count: Count,
        clock: Clock,
        skew: ClockSkew,
        *,
        limited: LimitedLog,
        members: Callable[[], int] = lambda: 1,
    ) -> None:
        self._api = api
        self._dead_letters = dead_letters
        self._clock = clock
        self._skew = skew
        calls = StreamCalls(api, stream, count, skew.answered_utc)
        shards = ListedShards(calls)
        placement, jitter = Placement(stream.name, shards, limited), Random().random  # noqa: S311 - spreads requests, guards nothing

        def readers(sink: ShardSink) -> ShardReaders:
            tools = ReadingTools(stream.name, calls, shards, placement, sink, clock, skew, limited, jitter)
            return ShardReaders(stream, tools)

        self._readings = ShardReadings(stream, readers, clock, limited)
        super().__init__(stream.name, f"stream {stream.name!r}", self._readings.buffer)
        leases = Leases(
            stream,
            CountedTable(table, count),
            metrics_table,
            shards,
            self._readings,
            clock,
            limited,
            members=members,
            now_utc=lambda: clock.utc() + skew.broker_ahead_seconds,
        )
        self._member = Membership(leases, self._readings, say_lag)
        self._receives = True

    @property
    def limits(self) -> SourceLimits:
        """See `Source.limits`."""
        return LIMITS

    @property
    def broker_ahead_seconds(self) -> float:
        """See `Source.broker_ahead_seconds`."""
        return self._skew.broker_ahead_seconds

    async def receive(self, most: int, wait_seconds: float, visibility_seconds: int) -> Sequence[Message]:  # noqa: ARG002  # no leases of messages
        """See `Source.receive`. The first one also begins to take shards. Shards are read by themselves: this waits for
        what they bring."""
        self._refuse_if_closed()
        until_mono = self._clock.mono() + wait_seconds
        await self._member.join()
        while self._receives and not (messages := self._take(most)):
            remaining_seconds = until_mono - self._clock.mono()
            if remaining_seconds <= 0:
                self._raise_trouble()
                break
            await self._readings.change(min(remaining_seconds, self._buffer.due_within_seconds()))
            self._refuse_if_closed()
        return messages if self._receives else ()

    async def release(self, releases: Sequence[Release]) -> Sequence[Failure]:
        """See `Source.release`."""
        self._refuse_if_closed()
        self._member.drop_expired()
        failures = await super().release(releases)
        self._readings.wake()
        return failures

    async def dead_letter(self, message: Message, reason: str) -> Sequence[Failure]:
        """See `Source.dead_letter`. The record is done only when SQS has confirmed the copy."""
        self._refuse_if_closed()
        self._member.drop_expired()
        if failures := self._buffer.not_ours([message]):
            return failures
        return await self._dead_letters.copy(message, reason) or self._done([message])

    def on_revoked(self, call: OnRevoked) -> None:
        """See `Source.on_revoked`."""
        self._readings.on_revoked = call

    def end_receiving(self) -> None:
        """See `Source.end_receiving`. A stop may take as long as the longest handler: no shard waits for that of which
        nothing runs here."""
        self._receives = False
        self._readings.stop()
        self._readings.wake()
        self._member.retire()

    async def close(self) -> None:
        """See `Source.close`. What is done is written, and the shards are free for others at once."""
        if not self._closed:
            self._closed = True
            self._readings.on_revoked = None  # whoever closes a source is done with it
            self._readings.stop()
            self._readings.wake()
            await self._member.leave()
            await self._api.close()
            await self._dead_letters.close()

    def _take(self, most: int) -> Sequence[Message]:
        self._member.drop_expired()
        return self._buffer.take(most, self.broker_ahead_seconds)

    def _done(self, messages: Sequence[Message]) -> Sequence[Failure]:
        self._member.drop_expired()
        failures = super()._done(messages)
        self._readings.look_for_settled({message.partition for message in messages})
        return failures

    def _raise_trouble(self) -> None:
        if trouble := self._readings.trouble or self._member.trouble:
            raise trouble
