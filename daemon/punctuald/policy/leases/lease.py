"""One row of a lease table, in KCL's schema.

Source: KCL's `DynamoDBLeaseSerializer`, and rows that KCL 2.5.4 and 3.5.1 have written. Rows that hold something else
(a 3.x leader's lock, workers' metrics) have no leaseCounter.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .checkpoint import AT_TIMESTAMP, LATEST, TRIM_HORIZON, Checkpoint

LEASE_KEY, OWNER, COUNTER = "leaseKey", "leaseOwner", "leaseCounter"
CHECKPOINT, SUB_SEQUENCE = "checkpoint", "checkpointSubSequenceNumber"
SWITCHES, CHECKPOINT_OWNER = "ownerSwitchesSinceCheckpoint", "checkpointOwner"
PARENTS, CHILDREN = "parentShardId", "childShardIds"
THROUGHPUT = "throughputKBps"
"""KCL 3 only: its leader moves leases by it, and none that has none."""
STARTING_HASH_KEY, ENDING_HASH_KEY = "startingHashKey", "endingHashKey"
PENDING = frozenset({"pendingCheckpoint", "pendingCheckpointSubSequenceNumber", "pendingCheckpointState"})
"""What a KCL worker had prepared to checkpoint; KCL removes it with each checkpoint."""

SINCE, STREAM = "punctualdSinceUtc", "punctualdStream"
"""Ours. KCL changes single attributes and leaves these alone. They are not in a row of their own: KCL 2.x takes every
row for a lease, and a leaseCounter that is missing ends each of its scans with a NullPointerException."""

Row = Mapping[str, Any]
"""Attributes by name: text, int or float, a frozenset of texts; what is none of these is as DynamoDB has it."""


@dataclass(frozen=True, slots=True)
class Lease:
    """``owner`` and ``checkpoint_owner`` are worker ids, "" for nobody.

    ``counter`` rises with each write of an owner. ``since_utc``: where a start by time is meant, by LATEST too.
    ``stream``: which stream the row is about, see `StreamIdentity.text`; "" where no worker of ours has had it yet.
    """

    shard: str
    counter: int = 0
    owner: str = ""
    checkpoint: Checkpoint = field(default_factory=lambda: Checkpoint(TRIM_HORIZON))
    checkpoint_owner: str = ""
    owner_switches: int = 0
    parents: frozenset[str] = frozenset()
    children: frozenset[str] = frozenset()
    since_utc: float | None = None
    stream: str = ""

    @property
    def holder(self) -> str:
        """Who reads it: while it is handed over, still whom it is taken from."""
        return self.checkpoint_owner or self.owner

    @property
    def is_ended(self) -> bool:
        """Whether its last record is settled, for good."""
        return self.checkpoint.is_end


def lease_in(row: Row) -> Lease | None:
    """The lease that the row is; None where it is something else."""
    if COUNTER not in row:
        return None
    return Lease(
        shard=row[LEASE_KEY],
        counter=int(row[COUNTER]),
        owner=row.get(OWNER, ""),
        checkpoint=Checkpoint(row.get(CHECKPOINT, TRIM_HORIZON), int(row.get(SUB_SEQUENCE, 0))),
        checkpoint_owner=row.get(CHECKPOINT_OWNER, ""),
        owner_switches=int(row.get(SWITCHES, 0)),
        parents=frozenset(row.get(PARENTS, ())),
        children=frozenset(row.get(CHILDREN, ())),
        since_utc=float(row[SINCE]) if SINCE in row else None,
        stream=row.get(STREAM, ""),
    )


def reading_start(lease: Lease, start: str | float) -> tuple[Checkpoint, float | None]:
    """What to read after, and the UTC time that AT_TIMESTAMP is. ``start`` is the configured one.

    A row that KCL made says AT_TIMESTAMP without a time: it is the configured one, or else the oldest record, which
    loses none.
    """
    word = lease.checkpoint.sequence_number
    if word not in (LATEST, AT_TIMESTAMP):
        return lease.checkpoint, None
    since_utc = lease.since_utc if lease.since_utc is not None else start
    if isinstance(since_utc, float | int):
        return Checkpoint(AT_TIMESTAMP), float(since_utc)
    return Checkpoint(TRIM_HORIZON), None
