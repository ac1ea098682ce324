"""The shards of a stream as `ListShards` shows them, and the port to whoever asks for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Shard:
    """One shard. ``parents`` are ParentShardId and AdjacentParentShardId, as far as there are any; each may have left
    the list by retention.

    Sequence numbers are integers in text, of any length; ``ending_sequence_number`` is None while the shard is open.
    Hash keys are integers below 2^128, in text.
    """

    shard_id: str
    parents: tuple[str, ...] = ()
    starting_hash_key: str = ""
    ending_hash_key: str = ""
    starting_sequence_number: str = ""
    ending_sequence_number: str | None = None

    @property
    def is_open(self) -> bool:
        """Whether records can still come into it."""
        return self.ending_sequence_number is None


@dataclass(frozen=True, slots=True)
class StreamIdentity:
    """Which stream a name means now: a recreated one has the same ARN and shard ids, and another creation time."""

    arn: str
    created_utc: float


class ShardList(Protocol):
    """Asks Kinesis. Raises `SourceError`: throttled or away is not «no shards»."""

    async def list_shards(self) -> Sequence[Shard]:
        """All shards that are not gone by retention, open and closed, of all pages; an empty list only where the stream
        has none."""
        ...

    async def open_at(self, utc: float) -> Sequence[str]:
        """The ids of those that were open at ``utc``, or are the oldest that still are there: `ListShards` with the
        filter AT_TIMESTAMP."""
        ...

    async def describe(self) -> StreamIdentity:
        """By `DescribeStreamSummary`. Raises `SourceMissing` where there is no such stream, and `SourceUnavailable`
        while it is being created."""
        ...
