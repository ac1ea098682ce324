"""Looks at a lease table all the time, from outside."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from threading import Event, Thread
from types import TracebackType
from typing import Self

from botocore.exceptions import BotoCoreError, ClientError

from peers.kinesis.lease_rows import LeaseRows, Row, text
from punctuald.policy.leases.checkpoint import Checkpoint

LOOK_SECONDS = 0.15
END_SECONDS = 30.0


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


class LeaseWatch:
    """``with LeaseWatch(rows) as watch: …``; what it saw is in ``looks``.

    It is a thread: whoever forks does so before or after.
    """

    def __init__(self, rows: LeaseRows) -> None:
        self._rows = rows
        self._stopped = Event()
        self._thread = Thread(target=self._watch, name="lease watch", daemon=True)
        self.looks: list[Look] = []

    @property
    def last(self) -> Mapping[str, Seen]:
        """What it saw at last."""
        return self.looks[-1].leases if self.looks else {}

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stopped.set()
        self._thread.join(END_SECONDS)

    def _watch(self) -> None:
        while True:
            last = self._stopped.is_set()  # one more look, at what was written last
            self._look()
            if last:
                return
            self._stopped.wait(LOOK_SECONDS)

    def _look(self) -> None:
        begun_utc = time.time()
        try:
            leases = {key: Seen.of(row) for key, row in self._rows.leases().items()}
        except (BotoCoreError, ClientError):  # the server is away, or busy: it saw nothing
            return
        self.looks.append(Look(begun_utc, time.time(), leases))


def rewinds(looks: Sequence[Look]) -> Iterator[Rewind]:
    """Each time that a checkpoint went back from one look to a later one."""
    known: dict[str, Checkpoint] = {}
    for look in looks:
        for shard, seen in look.leases.items():
            before = known.get(shard, seen.checkpoint)
            if seen.checkpoint < before:
                yield Rewind(shard, before, seen.checkpoint, seen.owner)
            known[shard] = seen.checkpoint
