"""Is all that was sent handled, in order, and handled again only where that could not be avoided? Pure functions."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from peers.kafka.commit_watch import Look, rewinds
from peers.kafka.handled import NOT_TOLD, Handled
from peers.kafka.load import Sent
from peers.log.records import Id, first_runs, id_of, name_of, named
from peers.log.verdict import Charge, ChargeKind, Verdict, latencies, out_of_order, repetitions, unknown


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


def judge(accounts: Accounts) -> Verdict:
    """All charges, and what else there is to know."""
    sent, first = {id_of(each): each for each in accounts.sent}, first_runs(accounts.handled)
    charges = [
        *_lost(accounts, sent, first),
        *unknown(sent, first),
        *_misplaced(accounts, sent),
        *out_of_order(first),
        *_again_though_committed(accounts, sent),
        *_committed_unhandled(accounts, sent, first),
        *(
            Charge(ChargeKind.REWOUND, f"partition {each.partition}: {each.from_offset} to {each.to_offset}")
            for each in rewinds(accounts.looks)
        ),
    ]
    late = latencies(sent, first)
    return Verdict(charges, len(sent), len(late), len(accounts.handled) - len(first), late)


def _lost(accounts: Accounts, sent: Mapping[Id, Sent], first: Mapping[Id, Handled]) -> Iterator[Charge]:
    for lost in sorted(sent.keys() - first.keys() - set(accounts.dead_letters)):
        yield Charge(ChargeKind.LOST, f"{named(lost)} of partition {sent[lost].partition}, {sent[lost].offset}")


def _misplaced(accounts: Accounts, sent: Mapping[Id, Sent]) -> Iterator[Charge]:
    for run in accounts.handled:
        place = sent.get(id_of(run))
        if place and (run.partition not in {NOT_TOLD, place.partition} or run.offset not in {NOT_TOLD, place.offset}):
            yield Charge(ChargeKind.MISPLACED, f"{name_of(run)}: {run.partition}, {run.offset}")


def _again_though_committed(accounts: Accounts, sent: Mapping[Id, Sent]) -> Iterator[Charge]:
    for run, look in repetitions(accounts.handled, accounts.looks, accounts.handler_seconds):
        place = sent.get(id_of(run))
        committed = look.offsets.get(place.partition, 0) if place else 0
        if place and place.offset < committed:
            text = f"{name_of(run)} at {place.offset}, committed {committed}"
            yield Charge(ChargeKind.AGAIN_THOUGH_COMMITTED, text)


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
            yield Charge(ChargeKind.COMMITTED_UNHANDLED, f"{named(record)} at {place.offset}")
