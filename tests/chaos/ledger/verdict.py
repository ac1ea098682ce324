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
from chaos.ledger.repeats import EXCUSED, Cause, why_again
from chaos.ledger.stories import Story, ended_mono, tell_stories


class ChargeKind(StrEnum):
    """What must not happen."""

    LOST = "lost"
    DELETED_UNHANDLED = "deleted unhandled"
    HANDLED_TWICE = "handled twice"
    OUT_OF_ORDER = "out of order"
    DEAD_LETTERED_UNSEEN = "dead-lettered unseen"
    DEAD_LETTERED_HANDLED = "dead-lettered handled"
    LATE = "late"
    LEFT = "left"
    DIED = "died"


@dataclass(frozen=True, slots=True)
class Charge:
    """One of them; ``message_id`` is "" where it is about no message."""

    kind: ChargeKind
    message_id: str
    text: str


@dataclass(frozen=True, slots=True)
class Terms:
    """What a scenario demands. ``must_drain``: nothing may be left in the queue at its end."""

    late_after_seconds: float = math.inf
    must_drain: bool = True


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
    stories = tell_stories(history)
    repeats = [(story, cause) for story in stories for cause in _repeats(story)]
    charges = [charge for story in stories for charge in _charges(story, terms)]
    charges += [_charge(ChargeKind.HANDLED_TWICE, story, cause) for story, cause in repeats if cause not in EXCUSED]
    charges += _out_of_order(stories)
    return Verdict(
        charges=charges,
        sent=len(stories),
        handled=sum(story.handled_mono < math.inf for story in stories),
        dead_lettered=sum(story.dead_lettered_mono < math.inf for story in stories),
        left=sum(not story.gone for story in stories),
        repeats=Counter(cause for _, cause in repeats),
        faults=Counter(event.detail for event in history.events if event.kind is Kind.FAULTED),
    )


def _charge(kind: ChargeKind, story: Story, text: str) -> Charge:
    return Charge(kind, story.message_id, text)


def _charges(story: Story, terms: Terms) -> Iterator[Charge]:
    """Of one message by itself."""
    handled, dead_lettered = story.handled_mono < math.inf, story.dead_lettered_mono < math.inf
    yield from _deleted_unhandled(story)
    if story.gone and not handled and not dead_lettered:
        yield _charge(ChargeKind.LOST, story, "it left the queue, and neither a handler nor a dead-letter queue had it")
    if text := unseen(story):
        yield _charge(ChargeKind.DEAD_LETTERED_UNSEEN, story, text)
    if handled and story.handled_mono < story.dead_lettered_mono < math.inf:
        cause = why_again(story, story.good_runs[0], None, story.dead_lettered_mono)
        if cause not in EXCUSED:
            yield _charge(ChargeKind.DEAD_LETTERED_HANDLED, story, cause)
    late_seconds = story.handled_mono - story.sent.mono
    if handled and late_seconds > terms.late_after_seconds:
        yield _charge(ChargeKind.LATE, story, f"handled {late_seconds:.1f} s after it was sent")
    if terms.must_drain and not story.gone:
        yield _charge(ChargeKind.LEFT, story, f"still in the queue after {len(story.deliveries)} receives")


def _deleted_unhandled(story: Story) -> Iterator[Charge]:
    """A deletion has to come after the end of a good run, or after a copy's arrival in the dead-letter queue."""
    for event in story.of_kind(Kind.DELETED):
        if min(story.handled_mono, *(copy.mono for copy in story.copies), math.inf) > event.mono:
            ends = sorted(ended_mono(run) for run in story.runs)
            yield _charge(ChargeKind.DELETED_UNHANDLED, story, f"deleted at {event.mono:.3f}, runs ended at {ends}")


def _repeats(story: Story) -> Iterator[Cause]:
    """Why it was handled again, once for each further time."""
    for before, after in pairwise(story.good_runs):
        again = story.delivery_of(after)
        yield why_again(story, before, again, again.received.mono if again else after.started_mono)


def _out_of_order(stories: Iterable[Story]) -> Iterator[Charge]:
    """A run in a group that began before all earlier messages of the group had been handled or dead-lettered."""
    groups: defaultdict[str, list[Story]] = defaultdict(list)
    for story in stories:
        if story.sent.group is not None:
            groups[story.sent.group].append(story)
    for group, members in groups.items():
        free_mono, waits_for = -math.inf, ""
        for story in members:
            for run in _too_early(story.runs, free_mono):
                text = f"group {group}: run at {run.started_mono:.3f}, before {waits_for} was through"
                yield _charge(ChargeKind.OUT_OF_ORDER, story, text)
            through_mono = min(story.handled_mono, story.dead_lettered_mono)
            if through_mono > free_mono:
                free_mono, waits_for = through_mono, story.message_id


def _too_early(runs: Sequence[Run], free_mono: float) -> list[Run]:
    return [run for run in runs if run.started_mono < free_mono]
