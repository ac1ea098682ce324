"""Who reads the shards whose leases we hold, and what it and the leases ask each other."""

from __future__ import annotations

from typing import Protocol

from punctuald.policy.leases.checkpoint import Checkpoint


class ShardHolder(Protocol):
    """Reads shards and settles their records. Called on the event loop."""

    def gained(self, shard: str, checkpoint: Checkpoint, since_utc: float | None) -> None:
        """The lease is ours from now on: read what comes after ``checkpoint``. Of the words of a beginning it is
        TRIM_HORIZON or AT_TIMESTAMP, which is ``since_utc``; LATEST was made that when it was first seen."""

    def progress(self, shard: str) -> Checkpoint | None:
        """How far the shard is done, for its row; None where that is not known (yet). Never lower than before."""

    def read_bytes(self, shard: str) -> int:
        """How much of it has been read since it was gained."""

    async def give_up(self, shard: str) -> Checkpoint | None:
        """Somebody else is to have it: deliver nothing more, let what runs finish within ``revoke_timeout_seconds``,
        and say how far it is done. Afterwards nothing of it is acknowledged any more."""

    def lost(self, shard: str) -> None:
        """Somebody else has it already."""
