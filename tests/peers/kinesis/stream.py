"""A stream on a test server: made, split, merged, and looked at."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from peers.kinesis.clients import client
from peers.kinesis.servers import Servers

CHANGE_SECONDS = 15.0
LOOK_SECONDS = 0.02
HASH_KEYS = 1 << 128


@dataclass(frozen=True, slots=True)
class KnownShard:
    """As ListShards tells of it; hash keys are inclusive."""

    name: str
    parents: tuple[str, ...]
    first_hash_key: int
    last_hash_key: int
    is_open: bool

    @classmethod
    def of(cls, shard: Mapping[str, Any]) -> Self:
        """From an answer's entry."""
        parents = (shard.get("ParentShardId"), shard.get("AdjacentParentShardId"))
        hash_keys = shard["HashKeyRange"]
        return cls(
            name=shard["ShardId"],
            parents=tuple(parent for parent in parents if parent),
            first_hash_key=int(hash_keys["StartingHashKey"]),
            last_hash_key=int(hash_keys["EndingHashKey"]),
            is_open="EndingSequenceNumber" not in shard["SequenceNumberRange"],
        )


class TestStream:
    """``TestStream(servers, "orders").create(4)``. Changes return when they are in force."""

    __test__ = False  # for pytest

    def __init__(self, servers: Servers, name: str) -> None:
        self.servers = servers
        self.name = name
        self.kinesis = client("kinesis", servers.kinesis_url)

    def create(self, shards: int) -> Self:
        """With so many equal shards."""
        self.kinesis.create_stream(StreamName=self.name, ShardCount=shards)
        self._wait(lambda: self.status() == "ACTIVE")
        return self

    def delete(self) -> None:
        """With all its records."""
        self.kinesis.delete_stream(StreamName=self.name)

    def status(self) -> str:
        """In AWS's words: CREATING, UPDATING, ACTIVE, DELETING."""
        summary = self.kinesis.describe_stream_summary(StreamName=self.name)
        return str(summary["StreamDescriptionSummary"]["StreamStatus"])

    def shards(self) -> Sequence[KnownShard]:
        """All that there are, the closed ones too."""
        answer = self.kinesis.list_shards(StreamName=self.name)
        found = list(answer["Shards"])
        while token := answer.get("NextToken"):
            answer = self.kinesis.list_shards(NextToken=token)
            found += answer["Shards"]
        return [KnownShard.of(shard) for shard in found]

    def open_shards(self) -> Sequence[KnownShard]:
        """Those that take records, in the order of their hash keys."""
        return sorted((shard for shard in self.shards() if shard.is_open), key=lambda shard: shard.first_hash_key)

    def split(self, shard: str) -> Sequence[KnownShard]:
        """In the middle; its two children."""
        [parent] = [each for each in self.shards() if each.name == shard]
        middle = (parent.first_hash_key + parent.last_hash_key + 1) // 2
        self.kinesis.split_shard(StreamName=self.name, ShardToSplit=shard, NewStartingHashKey=str(middle))
        return self._children_of(shard, 2)

    def merge(self, shard: str, next_shard: str) -> KnownShard:
        """Two neighbours; their child."""
        self.kinesis.merge_shards(StreamName=self.name, ShardToMerge=shard, AdjacentShardToMerge=next_shard)
        [child] = self._children_of(shard, 1)
        return child

    def _children_of(self, shard: str, count: int) -> Sequence[KnownShard]:
        def children() -> Sequence[KnownShard]:
            return [each for each in self.open_shards() if shard in each.parents]

        self._wait(lambda: self.status() == "ACTIVE" and len(children()) == count)
        return children()

    def _wait(self, is_so: Callable[[], bool]) -> None:
        give_up_mono = time.monotonic() + CHANGE_SECONDS
        while not is_so():
            assert time.monotonic() < give_up_mono, f"{self.name} has not changed: {self.status()}, {self.shards()}"
            time.sleep(LOOK_SECONDS)
