"""The stream's shards and its identity, as Kinesis tells them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from punctuald.errors import SourceUnavailable
from punctuald.source.kinesis.shards import Shard, StreamIdentity

from .calls import StreamCalls
from .errors import unreadable

LIST_SHARDS, DESCRIBE = "ListShards", "DescribeStreamSummary"
READABLE_STATES = frozenset({"ACTIVE", "UPDATING"})
MISREADINGS = (LookupError, TypeError, AttributeError, ValueError)


class ListedShards:
    """See `ShardList`."""

    def __init__(self, calls: StreamCalls) -> None:
        self._calls = calls

    async def list_shards(self) -> Sequence[Shard]:
        """See `ShardList.list_shards`."""
        answer = await self._calls.ask_of_stream(LIST_SHARDS, {})
        shards = self._shards_in(answer)
        while token := answer.get("NextToken"):  # a call with a token must name no stream
            answer = await self._calls.ask(LIST_SHARDS, {"NextToken": token})
            shards += self._shards_in(answer)
        return shards

    async def describe(self) -> StreamIdentity:
        """See `ShardList.describe`."""
        answer = await self._calls.ask_of_stream(DESCRIBE, {})
        try:
            said = answer["StreamDescriptionSummary"]
            identity = StreamIdentity(str(said["StreamARN"]), float(said["StreamCreationTimestamp"]))
            state = str(said["StreamStatus"])
        except MISREADINGS as error:
            raise unreadable(self._calls.where, DESCRIBE, "has no description") from error
        if state not in READABLE_STATES:
            raise SourceUnavailable(f"{self._calls.where}: it is {state.lower()}", code=f"Stream{state.title()}")
        return identity

    def _shards_in(self, answer: Mapping[str, Any]) -> list[Shard]:
        try:
            return [_shard(said) for said in answer["Shards"]]
        except MISREADINGS as error:
            raise unreadable(self._calls.where, LIST_SHARDS, "has shards of no known form") from error


def _shard(said: Mapping[str, Any]) -> Shard:
    parents = [said.get("ParentShardId"), said.get("AdjacentParentShardId")]
    hash_keys, numbers = said["HashKeyRange"], said["SequenceNumberRange"]
    return Shard(
        shard_id=said["ShardId"],
        parents=tuple(parent for parent in parents if parent),
        starting_hash_key=hash_keys["StartingHashKey"],
        ending_hash_key=hash_keys["EndingHashKey"],
        starting_sequence_number=numbers["StartingSequenceNumber"],
        ending_sequence_number=numbers.get("EndingSequenceNumber"),
    )
