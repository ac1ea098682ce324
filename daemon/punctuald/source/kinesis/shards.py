"""The port to whoever lists a stream's shards."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from punctuald.policy.leases.shard import Shard, StreamIdentity


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
