"""What readers of shards bring, written down; and readers that are ready to begin."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from doubles.limited_log import limited_log
from punctuald.clock import Clock
from punctuald.errors import SourceError
from punctuald.source.aws.clock_skew import ClockSkew
from punctuald.source.kinesis.api.api import KinesisApi
from punctuald.source.kinesis.api.calls import StreamCalls
from punctuald.source.kinesis.api.shard_list import ListedShards
from punctuald.source.kinesis.reading.placement import Placement
from punctuald.source.kinesis.reading.record import KinesisRecord
from punctuald.source.kinesis.reading.shard_reader import ReadingTools
from punctuald.source.kinesis.reading.shard_readers import ShardReaders
from punctuald.source.kinesis.reading.shard_sink import ShardSink
from punctuald.source.kinesis.stream import KinesisStream

STREAM = KinesisStream("orders", "orders-stream", "shop")


class CollectingSink:
    """See `ShardSink`. There is room for ``most`` records of each shard until it says otherwise."""

    def __init__(self, most: int = 1_000) -> None:
        self.most = most
        self.records: list[KinesisRecord] = []
        self.ends: dict[str, list[str]] = {}
        self.errors: list[tuple[str, SourceError]] = []
        self.behind: dict[str, float] = {}
        self.on_arrival: Callable[[], Any] = lambda: None

    def room(self, shard: str) -> int:  # noqa: ARG002 - the port's signature
        return self.most

    def arrived(self, shard: str, records: Sequence[KinesisRecord]) -> None:
        assert {record.partition for record in records} == {shard}
        self.records += records
        self.on_arrival()

    def ended(self, shard: str, children: Sequence[str]) -> None:
        assert shard not in self.ends
        self.ends[shard] = list(children)

    def failed(self, shard: str, error: SourceError) -> None:
        self.errors.append((shard, error))

    def answered(self, shard: str, behind_seconds: float) -> None:
        self.behind[shard] = behind_seconds

    def places(self, shard: str = "s-0") -> list[tuple[str, int]]:
        """(sequence number, sub-sequence number) of all that arrived, in the order of arrival."""
        return [(each.sequence_number, each.sub_sequence_number) for each in self.records if each.partition == shard]

    def numbers(self, shard: str = "s-0") -> list[str]:
        return [number for number, _ in self.places(shard)]


def readers(api: KinesisApi, sink: ShardSink, clock: Clock, stream: KinesisStream = STREAM) -> ShardReaders:
    """Of ``stream``, whose jitter is always one half."""
    calls, limited = StreamCalls(api, stream, lambda _: None), limited_log(clock)
    shards = ListedShards(calls)
    placement = Placement(stream.name, shards, limited)
    skew = ClockSkew(clock)
    return ShardReaders(
        stream, ReadingTools(stream.name, calls, shards, placement, sink, clock, skew, limited, lambda: 0.5)
    )
