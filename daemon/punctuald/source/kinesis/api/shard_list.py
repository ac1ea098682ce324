"""The stream's shards and its identity, as Kinesis tells them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from punctuald.errors import SourceUnavailable
from punctuald.policy.leases.shard import Shard, StreamIdentity
from punctuald.source.aws.signed_json.protocol import MISREADINGS

from .calls import StreamCalls
from .errors import unreadable

LIST_SHARDS, DESCRIBE = "ListShards", "DescribeStreamSummary"
READABLE_STATES = frozenset({"ACTIVE", "UPDATING"})


class ListedShards:
    """See `ShardList`."""

    def __init__(self, calls: StreamCalls) -> None:
        self._calls = calls

    async def list_shards(self) -> Sequence[Shard]:
        """See `ShardList.list_shards`."""
        return await self._list({})

    async def open_at(self, utc: float) -> Sequence[str]:
        """See `ShardList.open_at`."""
        at_that_time = {"Type": "AT_TIMESTAMP", "Timestamp": utc}
        return [shard.shard_id for shard in await self._list({"ShardFilter": at_that_time})]

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

    async def _list(self, parameters: Mapping[str, Any]) -> list[Shard]:
        """Of all pages. A token expires in 5 minutes: whoever is throttled for so long fails, and asks anew."""
        answer = await self._calls.ask_of_stream(LIST_SHARDS, parameters)
        shards = self._shards_in(answer)
        while token := answer.get("NextToken"):
            answer = await self._calls.ask(LIST_SHARDS, {"NextToken": token})  # which must not name the stream too
            shards += self._shards_in(answer)
        return shards

    def _shards_in(self, answer: Mapping[str, Any]) -> list[Shard]:
        try:
            return [shard_in(said) for said in answer["Shards"]]
        except MISREADINGS as error:
            raise unreadable(self._calls.where, LIST_SHARDS, "has shards of no known form") from error


def shard_in(said: Mapping[str, Any]) -> Shard:
    """One that `ListShards` has."""
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
