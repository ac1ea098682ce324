"""What Kinesis is asked of a stream before it is drained. A shard is read once, for one record at most: so it costs one
of the five reads a second that all of its readers share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from punctuald.errors import SourceMissing
from punctuald.policy.leases.shard import Shard, StreamIdentity
from punctuald.source.kinesis.api.client import SERVICE, make_client
from punctuald.source.kinesis.api.errors import NO_SUCH_STREAM, THROTTLE_CODES, StreamText, to_source_error
from punctuald.source.kinesis.api.shard_list import READABLE_STATES, shard_in
from punctuald.source.kinesis.stream import KinesisStream

from .harmless import GONE, HarmlessCalls

HOUR_SECONDS = 3_600
UNKNOWN = {GONE, "InvalidArgumentException", *THROTTLE_CODES}
"""How it is said that a number is none of the shard's, or that others are reading it just now."""


@dataclass(frozen=True, slots=True)
class StreamSummary:
    """What `DescribeStreamSummary` says; ``status`` in Kinesis' own word."""

    identity: StreamIdentity
    status: str
    retention_seconds: float

    @property
    def is_readable(self) -> bool:
        """Whether it has shards to read now."""
        return self.status in READABLE_STATES


class StreamQuestions:
    """About one stream; blocks. None: it is denied, see ``denied``."""

    def __init__(self, stream: KinesisStream) -> None:
        """Raises `SourceError` where there is no region, or the address is none."""
        client = make_client(stream.region, stream.endpoint_url)
        self._where = StreamText(stream.stream, str(client.meta.region_name), str(client.meta.endpoint_url))
        self._stream = stream.stream
        self._calls = HarmlessCalls(client, SERVICE, partial(to_source_error, where=self._where))

    @property
    def denied(self) -> Sequence[str]:
        """The actions that are."""
        return self._calls.denied

    def summary(self) -> StreamSummary | None:
        """Raises `SourceMissing` where there is no such stream, and any `SourceError` that `ask` does."""
        answer = self._calls.ask("DescribeStreamSummary", {"StreamName": self._stream})
        if answer is None:
            if self.denied:
                return None
            raise SourceMissing(f"{self._where}: {NO_SUCH_STREAM}", code=GONE)
        said = answer["StreamDescriptionSummary"]
        return StreamSummary(
            StreamIdentity(said["StreamARN"], said["StreamCreationTimestamp"].timestamp()),
            said["StreamStatus"],
            said["RetentionPeriodHours"] * HOUR_SECONDS,
        )

    def shards(self) -> Sequence[Shard]:
        """All of them, open and closed."""
        found: list[Shard] = []
        asked: dict[str, Any] = {"StreamName": self._stream}
        while answer := self._calls.ask("ListShards", asked):
            found += [shard_in(said) for said in answer["Shards"]]
            if not (token := answer.get("NextToken")):
                break
            asked = {"NextToken": token}
        return found

    def behind_seconds(self, shard: str, sequence_number: str = "") -> float | None:
        """By how much whoever reads on behind that number is; "" = from the oldest record on. None also where that
        can't be had: the shard or the number is not there, or others read too much."""
        place = {"ShardIteratorType": "TRIM_HORIZON"}
        if sequence_number:
            place = {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "StartingSequenceNumber": sequence_number}
        found = self._calls.ask("GetShardIterator", {"StreamName": self._stream, "ShardId": shard, **place}, UNKNOWN)
        if found is None:
            return None
        answer = self._calls.ask("GetRecords", {"ShardIterator": found["ShardIterator"], "Limit": 1}, UNKNOWN)
        return None if answer is None else answer.get("MillisBehindLatest", 0) / 1_000

    def close(self) -> None:
        """Nothing is asked afterwards."""
        self._calls.close()
