"""What a log's records are judged by, whatever log it is, and what comes of it. Pure functions."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, TypeVar

from peers.log.records import AnyRun, Due, Id, Ran, id_of, name_of, named


class ChargeKind(StrEnum):
    """What must not happen. What Kafka calls a committed offset is a checkpoint to Kinesis."""

    LOST = "lost"
    UNKNOWN = "handled, but never sent"
    MISPLACED = "said to be of another partition or offset"
    OUT_OF_ORDER = "out of order"
    AGAIN_THOUGH_COMMITTED = "handled again, though committed"
    COMMITTED_UNHANDLED = "committed, but not handled"
    REWOUND = "what was committed went back"


@dataclass(frozen=True, slots=True)
class Charge:
    """One of them."""

    kind: ChargeKind
    text: str


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
        late = self.late() if self.latencies else "no latency"
        return f"sent {self.sent}  handled {self.shares()}  again {self.duplicates}  {late}  {charges or 'clean'}"

    def shares(self) -> str:
        """How many are handled, for people."""
        return str(self.handled)

    def late(self) -> str:
        """How long records waited, for people."""
        return f"P95 {self.latency(0.95) * 1000:.0f} ms"


def latencies(sent: Mapping[Id, Due], first: Mapping[Id, Ran]) -> Sequence[float]:
    """Of all that were sent and handled, the shortest first."""
    return sorted(first[each].utc - sent[each].due_utc for each in first.keys() & sent.keys())


def unknown(sent: Mapping[Id, Due], first: Mapping[Id, Ran]) -> Iterator[Charge]:
    """What was handled, and nobody had sent."""
    for each in sorted(first.keys() - sent.keys()):
        yield Charge(ChargeKind.UNKNOWN, named(each))


def out_of_order(first: Mapping[Id, AnyRun], told: Callable[[AnyRun], str] = name_of) -> Iterator[Charge]:
    """A first run after that of a later record of its key; repetitions are judged by what was committed."""
    newest: dict[str, int] = {}
    for (key, number), run in first.items():
        before = newest.get(key, -1)
        if number < before:
            yield Charge(ChargeKind.OUT_OF_ORDER, f"{told(run)} after {before}")
        newest[key] = max(before, number)


class Ended(Protocol):
    """A look at what is committed, which was over at ``ended_utc``."""

    @property
    def ended_utc(self) -> float: ...


AnyLook = TypeVar("AnyLook", bound=Ended)


def repetitions(
    handled: Iterable[AnyRun], looks: Sequence[AnyLook], handler_seconds: float
) -> Iterator[tuple[AnyRun, AnyLook]]:
    """Each run that is not a record's first, with the last look before it began; without one it is left out.

    ``handler_seconds`` is the most that a handler takes: a run began so long before it was written down.
    """
    ends, seen = [look.ended_utc for look in looks], set[Id]()
    for run in sorted(handled, key=lambda run: run.utc):
        before = bisect_left(ends, run.utc - handler_seconds)
        if id_of(run) in seen and before:
            yield run, looks[before - 1]
        seen.add(id_of(run))
