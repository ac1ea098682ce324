"""Is all that was sent handled, in order, and handled again only what was not checkpointed? Pure functions.

However many share the stream: our workers and Java's count alike.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from peers.kinesis.handled import OURS, Handled
from peers.kinesis.lease_watch import Look, Seen, rewinds
from peers.kinesis.load import Sent
from peers.log.records import Id, first_runs, id_of, name_of, named
from peers.log.verdict import Charge, ChargeKind, Verdict, latencies, out_of_order, repetitions, unknown
from punctuald.policy.leases.checkpoint import checkpoint_at

OUR_OWNERS = "punctuald"
"""So begin the names that our workers write into leases."""


@dataclass(frozen=True, slots=True)
class Accounts:
    """``handled`` in any order. ``looks`` are those of a `LeaseWatch`; without any, what depends on them is not judged.
    ``handler_seconds`` is the most that a handler takes: a repetition began so long before it was written down."""

    sent: Sequence[Sent]
    handled: Sequence[Handled]
    looks: Sequence[Look] = ()
    handler_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class SharedVerdict(Verdict):
    """``by`` is how many first runs each has had."""

    by: Mapping[str, int]

    def shares(self) -> str:
        """How many each has handled, too."""
        shares = ", ".join(f"{name} {count}" for name, count in sorted(self.by.items()))
        return f"{self.handled} ({shares})"

    def late(self) -> str:
        """The longest wait, too."""
        return f"P95 {self.latency(0.95):.2f} s  longest {self.latencies[-1]:.2f} s"


def judge(accounts: Accounts) -> SharedVerdict:
    """All charges, and what else there is to know."""
    sent = {id_of(each): each for each in accounts.sent}
    first = first_runs(sorted(accounts.handled, key=lambda run: run.utc))
    charges = [
        *(Charge(ChargeKind.LOST, f"{named(lost)} of {sent[lost].shard}") for lost in sorted(sent.keys() - first)),
        *unknown(sent, first),
        *out_of_order(first, lambda run: f"{name_of(run)} by {run.by}"),
        *_again_though_checkpointed(accounts),
        *_checkpointed_unhandled(accounts, first),
        *(
            Charge(ChargeKind.REWOUND, f"{each.shard}: {each.before} to {each.after} by {each.by}")
            for each in rewinds(accounts.looks)
        ),
    ]
    late, by = latencies(sent, first), Counter(run.by for run in first.values())
    return SharedVerdict(charges, len(sent), len(late), len(accounts.handled) - len(first), late, by)


def _again_though_checkpointed(accounts: Accounts) -> Iterator[Charge]:
    """Only of who has the lease: a worker of KCL that has lost it goes on for a while with what it has in hand."""
    for run, look in repetitions(accounts.handled, accounts.looks, accounts.handler_seconds):
        lease = look.leases.get(run.shard)
        if lease and _has(lease, run) and _covers(lease, run):
            yield Charge(ChargeKind.AGAIN_THOUGH_COMMITTED, f"{_told(run)}, checkpoint {lease.checkpoint}")


def _checkpointed_unhandled(accounts: Accounts, first: Mapping[Id, Handled]) -> Iterator[Charge]:
    """A first run after a look that saw its record checkpointed: had the process died between, it was lost."""
    ends = [look.ended_utc for look in accounts.looks]
    for run in first.values():
        before = bisect_left(ends, run.utc)
        lease = accounts.looks[before - 1].leases.get(run.shard) if before else None
        if lease and _covers(lease, run):
            yield Charge(ChargeKind.COMMITTED_UNHANDLED, f"{_told(run)}, checkpoint {lease.checkpoint}")


def _has(lease: Seen, run: Handled) -> bool:
    return lease.owner.startswith(OUR_OWNERS) if run.by == OURS else lease.owner == run.by


def _covers(lease: Seen, run: Handled) -> bool:
    return not lease.checkpoint < checkpoint_at(run.place)


def _told(run: Handled) -> str:
    return f"{name_of(run)} by {run.by} at {checkpoint_at(run.place)} of {run.shard}"
