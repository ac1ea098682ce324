"""Is all that was sent handled, in order, and handled again only where that could not be avoided? Pure functions."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, deque
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import accumulate

from peers.kafka.commit_watch import Look, rewinds
from peers.kafka.handled import NOT_TOLD, Handled
from peers.kafka.load import Sent

Id = tuple[str, int]
"""A record's key and number."""


class ChargeKind(StrEnum):
    """What must not happen."""

    LOST = "lost"
    UNKNOWN = "handled, but never sent"
    MISPLACED = "said to be of another partition or offset"
    OUT_OF_ORDER = "out of order"
    AGAIN_THOUGH_COMMITTED = "handled again, though committed"
    COMMITTED_UNHANDLED = "committed, but not handled"
    REWOUND = "the committed offset went back"


@dataclass(frozen=True, slots=True)
class Charge:
    """One of them."""

    kind: ChargeKind
    text: str


@dataclass(frozen=True, slots=True)
class Accounts:
    """``looks`` are those of a `CommitWatch`; without any, what depends on them is not judged. ``handler_seconds`` is
    the most that a handler takes: a repetition began so long before it was written down. ``dead_letters`` count as
    handled.
    """

    sent: Sequence[Sent]
    handled: Sequence[Handled]
    looks: Sequence[Look] = ()
    handler_seconds: float = 0.0
    dead_letters: Collection[Id] = field(default_factory=frozenset)


@dataclass(frozen=True, slots=True)
class Verdict:
    """``latencies`` are those of each record's first run, in seconds since it was due, the shortest first."""

    charges: Sequence[Charge]
    sent: int
    handled: int
    duplicates: int
    latencies: Sequence[float]

    @property
    def kinds(self) -> frozenset[ChargeKind]:
        """The kinds of charges that stand."""
        return frozenset(charge.kind for charge in self.charges)

    def latency(self, share: float) -> float:
        """The seconds that ``share`` of all records did not exceed: 0.95 for P95."""
        return self.latencies[min(len(self.latencies) - 1, int(share * len(self.latencies)))]

    def __str__(self) -> str:
        charges = ", ".join(f"{count} {kind}" for kind, count in Counter(each.kind for each in self.charges).items())
        p95 = f"P95 {self.latency(0.95) * 1000:.0f} ms" if self.latencies else "no latency"
        counts = f"sent {self.sent}  handled {self.handled}  again {self.duplicates}"
        return f"{counts}  {p95}  {charges or 'clean'}"


def judge(accounts: Accounts) -> Verdict:
    """All charges, and what else there is to know."""
    sent = {(each.key, each.number): each for each in accounts.sent}
    first: dict[Id, Handled] = {}
    for run in accounts.handled:
        first.setdefault((run.key, run.number), run)
    charges = [
        *_missing_and_strange(accounts, sent, first),
        *_out_of_order(accounts.handled),
        *_again_though_committed(accounts, sent),
        *_committed_unhandled(accounts, sent, first),
        *(
            Charge(ChargeKind.REWOUND, f"partition {each.partition}: {each.from_offset} to {each.to_offset}")
            for each in rewinds(accounts.looks)
        ),
    ]
    known = first.keys() & sent.keys()
    latencies = sorted(first[each].utc - sent[each].due_utc for each in known)
    return Verdict(charges, len(sent), len(known), len(accounts.handled) - len(first), latencies)


def _missing_and_strange(accounts: Accounts, sent: Mapping[Id, Sent], first: Mapping[Id, Handled]) -> Iterator[Charge]:
    for lost in sorted(sent.keys() - first.keys() - set(accounts.dead_letters)):
        yield Charge(ChargeKind.LOST, f"{_named(lost)} of partition {sent[lost].partition}, {sent[lost].offset}")
    for unknown in sorted(first.keys() - sent.keys()):
        yield Charge(ChargeKind.UNKNOWN, _named(unknown))
    for run in accounts.handled:
        place = sent.get((run.key, run.number))
        if place and (run.partition not in {NOT_TOLD, place.partition} or run.offset not in {NOT_TOLD, place.offset}):
            yield Charge(ChargeKind.MISPLACED, f"{run.key} {run.number}: {run.partition}, {run.offset}")


def _out_of_order(handled: Sequence[Handled]) -> Iterator[Charge]:
    """A first run after that of a later record of its key; repetitions are judged by what was committed."""
    newest: dict[str, int] = {}
    seen: set[Id] = set()
    for run in handled:
        if (run.key, run.number) in seen:
            continue
        seen.add((run.key, run.number))
        before = newest.get(run.key, -1)
        if run.number < before:
            yield Charge(ChargeKind.OUT_OF_ORDER, f"{run.key} {run.number} after {before}")
        newest[run.key] = max(before, run.number)


def _again_though_committed(accounts: Accounts, sent: Mapping[Id, Sent]) -> Iterator[Charge]:
    looks, seen = deque(accounts.looks), set[Id]()
    committed: Mapping[int, int] = {}
    for run in sorted(accounts.handled, key=lambda run: run.utc):
        while looks and looks[0].ended_utc < run.utc - accounts.handler_seconds:
            committed = looks.popleft().offsets
        place = sent.get((run.key, run.number))
        if place and (run.key, run.number) in seen and place.offset < committed.get(place.partition, 0):
            text = f"{run.key} {run.number} at {place.offset}, committed {committed[place.partition]}"
            yield Charge(ChargeKind.AGAIN_THOUGH_COMMITTED, text)
        seen.add((run.key, run.number))


def _committed_unhandled(accounts: Accounts, sent: Mapping[Id, Sent], first: Mapping[Id, Handled]) -> Iterator[Charge]:
    """A record that was handled only after a look that saw it committed: had the process died between, it was lost."""
    highest: dict[int, list[int]] = {}
    for record in first.keys() & sent.keys():
        place, run = sent[record], first[record]
        if place.partition not in highest:
            offsets = (look.offsets.get(place.partition, 0) for look in accounts.looks)
            highest[place.partition] = list(accumulate(offsets, max))
        seen = bisect_right(highest[place.partition], place.offset)
        if seen < len(accounts.looks) and accounts.looks[seen].ended_utc < run.utc:
            yield Charge(ChargeKind.COMMITTED_UNHANDLED, f"{_named(record)} at {place.offset}")


def _named(record: Id) -> str:
    return f"{record[0]} {record[1]}"
