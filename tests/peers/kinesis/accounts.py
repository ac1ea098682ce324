"""Is all that was sent handled, in order, and handled again only what was not checkpointed? Pure functions.

However many share the stream: our workers and Java's count alike.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from peers.kinesis.handled import OURS, Handled
from peers.kinesis.lease_watch import Look, Seen, rewinds
from peers.kinesis.load import Sent
from punctuald.policy.leases.checkpoint import checkpoint_at

Id = tuple[str, int]
"""A record's key and number."""
OUR_OWNERS = "punctuald"
"""So begin the names that our workers write into leases."""


class ChargeKind(StrEnum):
    """What must not happen."""

    LOST = "lost"
    UNKNOWN = "handled, but never sent"
    OUT_OF_ORDER = "out of order"
    AGAIN_THOUGH_CHECKPOINTED = "handled again, though checkpointed"
    CHECKPOINTED_UNHANDLED = "checkpointed, but not handled"
    REWOUND = "a checkpoint went back"


@dataclass(frozen=True, slots=True)
class Charge:
    """One of them."""

    kind: ChargeKind
    text: str


@dataclass(frozen=True, slots=True)
class Accounts:
    """``handled`` in any order. ``looks`` are those of a `LeaseWatch`; without any, what depends on them is not judged.
    ``handler_seconds`` is the most that a handler takes: a repetition began so long before it was written down."""

    sent: Sequence[Sent]
    handled: Sequence[Handled]
    looks: Sequence[Look] = ()
    handler_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """``latencies`` are those of each record's first run, in seconds since it was due, the shortest first; ``by`` is
    how many first runs each has had."""

    charges: Sequence[Charge]
    sent: int
    handled: int
    duplicates: int
    latencies: Sequence[float]
    by: Mapping[str, int]

    @property
    def kinds(self) -> frozenset[ChargeKind]:
        """The kinds of charges that stand."""
        return frozenset(charge.kind for charge in self.charges)

    def latency(self, share: float) -> float:
        """The seconds that ``share`` of all records did not exceed: 0.95 for P95."""
        return self.latencies[min(len(self.latencies) - 1, int(share * len(self.latencies)))]

    def __str__(self) -> str:
        charges = ", ".join(f"{count} {kind}" for kind, count in Counter(each.kind for each in self.charges).items())
        shares = ", ".join(f"{name} {count}" for name, count in sorted(self.by.items()))
        late = f"P95 {self.latency(0.95):.2f} s  longest {self.latencies[-1]:.2f} s" if self.latencies else "no latency"
        counts = f"sent {self.sent}  handled {self.handled} ({shares})  again {self.duplicates}"
        return f"{counts}  {late}  {charges or 'clean'}"


def judge(accounts: Accounts) -> Verdict:
    """All charges, and what else there is to know."""
    sent = {(each.key, each.number): each for each in accounts.sent}
    handled = sorted(accounts.handled, key=lambda run: run.utc)
    first: dict[Id, Handled] = {}
    for run in handled:
        first.setdefault((run.key, run.number), run)
    charges = [
        *(Charge(ChargeKind.LOST, f"{_named(lost)} of {sent[lost].shard}") for lost in sorted(sent.keys() - first)),
        *(Charge(ChargeKind.UNKNOWN, _named(unknown)) for unknown in sorted(first.keys() - sent)),
        *_out_of_order(handled),
        *_again_though_checkpointed(accounts, handled),
        *_checkpointed_unhandled(accounts, first),
        *(
            Charge(ChargeKind.REWOUND, f"{each.shard}: {each.before} to {each.after} by {each.by}")
            for each in rewinds(accounts.looks)
        ),
    ]
    known = first.keys() & sent.keys()
    latencies = sorted(first[each].utc - sent[each].due_utc for each in known)
    by = Counter(run.by for run in first.values())
    return Verdict(charges, len(sent), len(known), len(handled) - len(first), latencies, by)


def _out_of_order(handled: Sequence[Handled]) -> Iterator[Charge]:
    """A first run after that of a later record of its key; repetitions are judged by what was checkpointed."""
    newest: dict[str, int] = {}
    seen: set[Id] = set()
    for run in handled:
        if (run.key, run.number) in seen:
            continue
        seen.add((run.key, run.number))
        before = newest.get(run.key, -1)
        if run.number < before:
            yield Charge(ChargeKind.OUT_OF_ORDER, f"{run.key} {run.number} by {run.by} after {before}")
        newest[run.key] = max(before, run.number)


def _again_though_checkpointed(accounts: Accounts, handled: Sequence[Handled]) -> Iterator[Charge]:
    """Only of who has the lease: a worker of KCL that has lost it goes on for a while with what it has in hand."""
    ends = [look.ended_utc for look in accounts.looks]
    seen: set[Id] = set()
    for run in handled:
        before = bisect_left(ends, run.utc - accounts.handler_seconds)
        lease = accounts.looks[before - 1].leases.get(run.shard) if before else None
        if (run.key, run.number) in seen and lease and _has(lease, run) and _covers(lease, run):
            yield Charge(ChargeKind.AGAIN_THOUGH_CHECKPOINTED, f"{_told(run)}, checkpoint {lease.checkpoint}")
        seen.add((run.key, run.number))


def _checkpointed_unhandled(accounts: Accounts, first: Mapping[Id, Handled]) -> Iterator[Charge]:
    """A first run after a look that saw its record checkpointed: had the process died between, it was lost."""
    ends = [look.ended_utc for look in accounts.looks]
    for run in first.values():
        before = bisect_left(ends, run.utc)
        lease = accounts.looks[before - 1].leases.get(run.shard) if before else None
        if lease and _covers(lease, run):
            yield Charge(ChargeKind.CHECKPOINTED_UNHANDLED, f"{_told(run)}, checkpoint {lease.checkpoint}")


def _has(lease: Seen, run: Handled) -> bool:
    return lease.owner.startswith(OUR_OWNERS) if run.by == OURS else lease.owner == run.by


def _covers(lease: Seen, run: Handled) -> bool:
    return not lease.checkpoint < checkpoint_at(run.place)


def _told(run: Handled) -> str:
    return f"{_named((run.key, run.number))} by {run.by} at {checkpoint_at(run.place)} of {run.shard}"


def _named(record: Id) -> str:
    return f"{record[0]} {record[1]}"
