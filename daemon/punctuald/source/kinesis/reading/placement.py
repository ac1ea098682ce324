"""Packed records whose parts belong to other shards: delivered, counted and said. See docs/decisions/0043."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import md5 as _digest

from punctuald.errors import SourceError
from punctuald.logs.limited import LimitedLog
from punctuald.source.kinesis.shards import ShardList

from .aggregation import UserRecord


class Placement:
    """Of the user records of one stream, ``stream`` in the log. Asks for the shards' hash keys when the first packed
    record comes: most streams have none."""

    def __init__(self, stream: str, shards: ShardList, limited: LimitedLog) -> None:
        self._stream = stream
        self._shards = shards
        self._limited = limited
        self._hash_keys: dict[str, range] = {}

    async def look(self, shard: str, parts: Sequence[UserRecord]) -> None:
        """These came from ``shard``."""
        if shard not in self._hash_keys:
            await self._learn()
        hash_keys = self._hash_keys.get(shard)
        misplaced = 0 if hash_keys is None else count_misplaced(parts, hash_keys)
        if misplaced:
            self._limited.warning(
                "kinesis.records_misplaced", queue=self._stream, shard=shard, records=misplaced, of=len(parts)
            )

    async def _learn(self) -> None:
        try:
            shards = await self._shards.list_shards()
        except SourceError as error:  # only the count is missing: the next packed record asks again
            self._limited.info("kinesis.hash_keys_unknown", queue=self._stream, text=str(error))
            return
        self._hash_keys = {
            each.shard_id: range(int(each.starting_hash_key), int(each.ending_hash_key) + 1) for each in shards
        }


def count_misplaced(parts: Iterable[UserRecord], hash_keys: range) -> int:
    """How many of ``parts`` have a hash key outside of ``hash_keys``."""
    known: dict[tuple[str, str | None], bool] = {}
    misplaced = 0
    for part in parts:
        key = (part.partition_key, part.explicit_hash_key)
        if key not in known:
            known[key] = hash_key_of(part) not in hash_keys
        misplaced += known[key]
    return misplaced


def hash_key_of(part: UserRecord) -> int:
    """By which Kinesis would have chosen its shard: its own, or the MD5 of its partition key."""
    if part.explicit_hash_key is not None:
        return int(part.explicit_hash_key)
    return int.from_bytes(_digest(part.partition_key.encode(), usedforsecurity=False).digest())
