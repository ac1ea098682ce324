"""What is to be said of a scenario once it is over: a pure function over its history."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from chaos.ledger.dead_letters import unseen
from chaos.ledger.events import History, Kind, Run
from chaos.ledger.message_history import MessageHistory, ended_mono, message_histories
from chaos.ledger.poison import WORKERS_DIED, is_poison
from chaos.ledger.repeats import EXCUSED, Cause, why_again


class ChargeKind(StrEnum):
    """What must not happen."""

    LOST = "lost"
    DELETED_UNHANDLED = "deleted unhandled"
    HANDLED_TWICE = "handled twice"
    OUT_OF_ORDER = "out of order"
    DEAD_LETTERED_UNSEEN = "dead-lettered unseen"
    DEAD_LETTERED_HANDLED = "dead-lettered handled"
    CHARGED_FOR_ANOTHER = "charged for another"
    LATE = "late"
    LEFT = "left"
    NOT_HANDLED = "not handled"
    DIED = "died"


@dataclass(frozen=True, slots=True)
class Charge:
    """One of them; ``message_id`` is "" where it is about no message."""

    kind: ChargeKind
    message_id: str
    text: str


@dataclass(frozen=True, slots=True)
class Terms:
    """What a scenario demands. ``must_drain``: nothing may be left in the queue at its end. ``all_handled``: each
    message has to have had a good run; it is not enough that it became a dead letter for a reason."""

    late_after_seconds: float = math.inf
    must_drain: bool = True
    all_handled: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """The charges, and what else there is to know. ``repeats`` are all that were handled again, by cause."""

    charges: Sequence[Charge]
    sent: int
    handled: int
    dead_lettered: int
    left: int
    repeats: Mapping[Cause, int]
    faults: Mapping[str, int]

    def count(self, kind: ChargeKind) -> int:
        """How many charges of a kind stand."""
        return sum(charge.kind is kind for charge in self.charges)

    @property
    def kinds(self) -> frozenset[ChargeKind]:
        """The kinds that stand."""
        return frozenset(charge.kind for charge in self.charges)


def judge(history: History, terms: Terms) -> Verdict:
    """Join the accounts and say what stands."""
    messages = message_histories(history)
    repeats = [(message, cause) for message in messages for cause in _repeats(message)]
    charges = [charge for message in messages for charge in _charges(message, terms)]
    charges += [_charge(ChargeKind.HANDLED_TWICE, message, cause) for message, cause in repeats if cause not in EXCUSED]
    charges += _out_of_order(messages)
    return Verdict(
        charges=charges,
        sent=len(messages),
        handled=sum(message.handled_mono < math.inf for message in messages),
        dead_lettered=sum(message.dead_lettered_mono < math.inf for message in messages),
        left=sum(not message.gone for message in messages),
        repeats=Counter(cause for _, cause in repeats),
        faults=Counter(event.detail for event in history.events if event.kind is Kind.FAULTED),
    )


def _charge(kind: ChargeKind, message: MessageHistory, text: str) -> Charge:
    return Charge(kind, message.message_id, text)


def _charges(message: MessageHistory, terms: Terms) -> Iterator[Charge]:
    """Of one message by itself."""
    handled, dead_lettered = message.handled_mono < math.inf, message.dead_lettered_mono < math.inf
    yield from _deleted_unhandled(message)
    if message.gone and not handled and not dead_lettered:
        yield _charge(
            ChargeKind.LOST, message, "it left the queue, and neither a handler nor a dead letter tells of it"
        )
    yield from _dead_lettered(message)
    late_seconds = message.handled_mono - message.sent.mono
    if handled and late_seconds > terms.late_after_seconds:
        yield _charge(ChargeKind.LATE, message, f"handled {late_seconds:.1f} s after it was sent")
    if terms.all_handled and not handled:
        yield _charge(ChargeKind.NOT_HANDLED, message, f"no good run in {len(message.deliveries)} receives")
    if terms.must_drain and not message.gone:
        yield _charge(ChargeKind.LEFT, message, f"still in the queue after {len(message.deliveries)} receives")


def _deleted_unhandled(message: MessageHistory) -> Iterator[Charge]:
    """A deletion has to come after the end of a good run, or after a copy's arrival in the dead-letter queue."""
    for event in message.of_kind(Kind.DELETED):
        if min(message.handled_mono, *(copy.mono for copy in message.copies), math.inf) > event.mono:
            ends = sorted(ended_mono(run) for run in message.runs)
            yield _charge(ChargeKind.DELETED_UNHANDLED, message, f"deleted at {event.mono:.3f}, runs ended at {ends}")


def _dead_lettered(message: MessageHistory) -> Iterator[Charge]:
    if not is_poison(message.sent.body) and any(WORKERS_DIED in copy.reason for copy in message.copies):
        yield _charge(ChargeKind.CHARGED_FOR_ANOTHER, message, "workers died while they ran it, and it kills none")
    if text := unseen(message):
        yield _charge(ChargeKind.DEAD_LETTERED_UNSEEN, message, text)
    if message.handled_mono < message.dead_lettered_mono < math.inf:
        cause = why_again(message, message.good_runs[0], None, message.dead_lettered_mono)
        if cause not in EXCUSED:
            yield _charge(ChargeKind.DEAD_LETTERED_HANDLED, message, cause)


def _repeats(message: MessageHistory) -> Iterator[Cause]:
    """Why it was handled again, once for each further time."""
    for before, after in pairwise(message.good_runs):
        again = message.delivery_of(after)
        yield why_again(message, before, again, again.received.mono if again else after.started_mono)


def _out_of_order(messages: Iterable[MessageHistory]) -> Iterator[Charge]:
    """A run in a group that began before all earlier messages of the group had been handled or dead-lettered."""
    groups: defaultdict[str, list[MessageHistory]] = defaultdict(list)
    for message in messages:
        if message.sent.group is not None:
            groups[message.sent.group].append(message)
    for group, members in groups.items():
        free_mono, waits_for = -math.inf, ""
        for message in members:
            for run in _too_early(message.runs, free_mono):
                text = f"group {group}: run at {run.started_mono:.3f}, before {waits_for} was through"
                yield _charge(ChargeKind.OUT_OF_ORDER, message, text)
            through_mono = min(message.handled_mono, message.dead_lettered_mono)
            if through_mono > free_mono:
                free_mono, waits_for = through_mono, message.message_id


def _too_early(runs: Sequence[Run], free_mono: float) -> list[Run]:
    return [run for run in runs if run.started_mono < free_mono]
