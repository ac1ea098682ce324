"""One shard of a stream, as `ListShards` shows it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Shard:
    """``parents`` are ParentShardId and AdjacentParentShardId, as far as there are any; each may have left the list by
    retention.

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

    @property
    def text(self) -> str:
        """As it stands in lease rows. In whole seconds: no stream is deleted and made anew within one, and each client
        rounds parts of a second in its own way."""
        return f"{self.arn} {int(self.created_utc)}"
