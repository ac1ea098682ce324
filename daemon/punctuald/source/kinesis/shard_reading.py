"""The reading of one shard while its lease is ours; kept on the event loop."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count

from punctuald.errors import SourceError
from punctuald.policy.leases.checkpoint import Checkpoint, checkpoint_at
from punctuald.policy.receive.records_behind import Density, records_behind
from punctuald.source.log.reading import Reading

from .reading.record import KinesisRecord

EPOCHS = count(1)
"""Never the same one again, so that nothing of an earlier assignment of a shard counts in a later one."""


class ShardReading(Reading):
    """``begins`` is what was done before it was ours.

    ``trouble`` is why the last read of it failed, None after a good one; ``has_ended``: nothing more comes of it.
    """

    __slots__ = ("_density", "begins", "behind_seconds", "children", "has_ended", "read_bytes", "trouble")

    def __init__(self, shard: str, begins: Checkpoint) -> None:
        super().__init__(shard, next(EPOCHS))
        self.begins = begins
        self.trouble: SourceError | None = None
        self.behind_seconds: float | None = None
        self.read_bytes = 0
        self.has_ended = False
        self.children: Sequence[str] = ()
        self._density: Density | None = None

    @property
    def checkpoint(self) -> Checkpoint:
        """How far it is done without a gap."""
        done = self.tracker.done_up_to
        return self.begins if done is None else checkpoint_at(done)

    @property
    def is_settled(self) -> bool:
        """Whether all of it is done, for good."""
        return self.has_ended and not len(self.tracker)

    @property
    def records_behind(self) -> int:
        """How many are still to be read, as far as can be said."""
        return records_behind(self.behind_seconds or 0.0, self._density)

    def came(self, records: Sequence[KinesisRecord], new_bytes: int) -> None:
        """One read brought them."""
        self.read_bytes += new_bytes
        self._density = Density(len(records), records[-1].sent_utc - records[0].sent_utc)
