"""Who takes what is read from shards."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from punctuald.errors import SourceError

from .record import KinesisRecord


class ShardSink(Protocol):
    """Called on the event loop, by the reader of the shard, and never again for a reader that was stopped."""

    def room(self, shard: str) -> int:
        """How many records of it may come now; 0 or less: nothing is read until there is room, which is looked for at
        every poll. Packed records may bring more than that."""

    def arrived(self, shard: str, records: Sequence[KinesisRecord]) -> None:
        """At least one, in the order of the shard, after all that came before."""

    def ended(self, shard: str, children: Sequence[str]) -> None:
        """All that it ever had has arrived: it was split or merged, which the list of shards confirms. ``children`` as
        far as Kinesis named them: some servers never do. The reader is done."""

    def failed(self, shard: str, error: SourceError) -> None:
        """A call for it failed. The reader asks again, after a pause of its own."""

    def answered(self, shard: str, behind_seconds: float) -> None:
        """A call went well, before what it brought has `arrived`. ``behind_seconds``: by how much what was read is
        older than the shard's tip; above 0 also where an answer was empty in the midst of older records."""
