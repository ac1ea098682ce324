"""Looks at a lease table all the time, from outside."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from botocore.exceptions import BotoCoreError, ClientError

from peers.kinesis.lease_rows import LeaseRows, Row, text
from peers.log.watch import Watch
from punctuald.policy.leases.checkpoint import Checkpoint

LOOK_SECONDS = 0.15


@dataclass(frozen=True, slots=True)
class Seen:
    """One lease. During a hand-over its ``owner`` is who still has it, and ``next_owner`` who is to get it."""

    owner: str
    next_owner: str
    counter: int
    checkpoint: Checkpoint

    @classmethod
    def of(cls, row: Row) -> Seen:
        """As it is in the table."""
        still, named = text(row, "checkpointOwner"), text(row, "leaseOwner")
        sub = int(text(row, "checkpointSubSequenceNumber") or 0)
        checkpoint = Checkpoint(text(row, "checkpoint"), sub)
        return cls(still or named, named if still else "", int(text(row, "leaseCounter")), checkpoint)


@dataclass(frozen=True, slots=True)
class Look:
    """All leases by shard, as they were at some moment between two times."""

    begun_utc: float
    ended_utc: float
    leases: Mapping[str, Seen]


@dataclass(frozen=True, slots=True)
class Rewind:
    """A checkpoint went back."""

    shard: str
    before: Checkpoint
    after: Checkpoint
    by: str


class LeaseWatch(Watch[Look]):
    """``with LeaseWatch(rows) as watch: …``: it rests after each look, for its server has others to answer."""

    def __init__(self, rows: LeaseRows) -> None:
        super().__init__("lease watch")
        self._rows = rows

    @property
    def last(self) -> Mapping[str, Seen]:
        """What it saw at last."""
        return self.looks[-1].leases if self.looks else {}

    def look(self) -> Look | None:
        begun_utc = time.time()
        try:
            leases = {key: Seen.of(row) for key, row in self._rows.leases().items()}
        except (BotoCoreError, ClientError):  # the server is away, or busy
            return None
        return Look(begun_utc, time.time(), leases)

    def pause_seconds(self, took_seconds: float) -> float:  # noqa: ARG002 - it rests as long after any
        return LOOK_SECONDS


def rewinds(looks: Sequence[Look]) -> Iterator[Rewind]:
    """Each time that a checkpoint went back from one look to a later one."""
    known: dict[str, Checkpoint] = {}
    for look in looks:
        for shard, seen in look.leases.items():
            before = known.get(shard, seen.checkpoint)
            if seen.checkpoint < before:
                yield Rewind(shard, before, seen.checkpoint, seen.owner)
            known[shard] = seen.checkpoint
