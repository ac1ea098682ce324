"""Makes the readers of one stream's shards."""

from __future__ import annotations

from random import Random

from punctuald.clock import Clock
from punctuald.logs.limited import LimitedLog
from punctuald.policy.leases.checkpoint import Checkpoint
from punctuald.policy.receive.poll_pace import PollPace
from punctuald.source.aws.clock_skew import ClockSkew
from punctuald.source.kinesis.api.calls import StreamCalls
from punctuald.source.kinesis.shards import ShardList
from punctuald.source.kinesis.stream import KinesisStream

from .placement import Placement
from .position import Position
from .record import RecordReader
from .shard_reader import ReadingTools, ShardReader
from .shard_sink import ShardSink


class ShardReaders:
    """What they share is made once."""

    def __init__(
        self,
        stream: KinesisStream,
        calls: StreamCalls,
        shards: ShardList,
        clock: Clock,
        skew: ClockSkew,
        limited: LimitedLog,
    ) -> None:
        self._stream = stream
        self._calls = calls
        self._shards = shards
        self._clock = clock
        self._skew = skew
        self._limited = limited
        self._placement = Placement(stream.name, shards, limited)
        self._jitter = Random().random  # noqa: S311 - spreads requests, guards nothing

    def of(
        self, shard: str, checkpoint: Checkpoint, since_utc: float | None, handle_prefix: str, sink: ShardSink
    ) -> ShardReader:
        """One that begins after ``checkpoint``, or at ``since_utc`` where that is AT_TIMESTAMP."""
        tools = ReadingTools(
            self._stream.name,
            self._calls,
            self._shards,
            self._placement,
            sink,
            self._clock,
            self._skew,
            self._limited,
            self._jitter,
        )
        position, records = Position(checkpoint, since_utc), RecordReader(self._stream.name, shard, handle_prefix)
        pace = PollPace(self._stream.poll_interval_seconds, self._stream.idle_poll_interval_seconds)
        return ShardReader(shard, position, records, pace, tools)
