"""Which cause a violation is charged with, and what the daemon does about it: for the person who reads the event."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from punctuald.policy.delivery.miss_cause import MissCause
from punctuald.policy.scaling.guards import Guard


class Doing(StrEnum):
    """What is done, and with that what a person might have to do."""

    DOWNSTREAM_DOWN = "downstream_down"  # waits until what the handlers call is back
    SOURCE_DOWN = "source_down"  # tries again until the source answers
    HANDLER_SLOW = "handler_slow"  # nothing: the handlers alone take too long, and more workers do not change that
    SCALING = "scaling"  # more workers are ordered than are ready
    AT_MAX_WORKERS = "at_max_workers"  # all that max_workers allows are at work
    HELD_BACK = "held_back"  # a guard allows no more workers: `scale_reason` says which
    CATCHING_UP = "catching_up"  # there are as many workers as it takes


@dataclass(frozen=True, slots=True)
class Sight:
    """What can be seen of the daemon while a tier is violated.

    ``overdue_at_source``: of the messages that are overdue, those that nobody has received. ``source_down``: a queue
    whose receives fail. ``short_of_workers``: fewer are ready than there should be. ``scale_reason`` is that of the
    last decision, None where there was none.
    """

    overdue: int = 0
    overdue_at_source: int = 0
    downstream_down: bool = False
    source_down: bool = False
    workers_ready: int = 0
    workers_wanted: int = 0
    max_workers: int = 1
    short_of_workers: bool = False
    scale_reason: str | None = None


_MORE_WORKERS_HELP = frozenset({MissCause.SCALE_UP_LAG, MissCause.QUEUE, MissCause.READY})


def blamed(late_by: Sequence[int], sight: Sight) -> MissCause:
    """The cause of most late messages, with those that are overdue, whose cause shows only when they are done, charged
    by what can be seen now."""
    counts = [late_by[cause] for cause in MissCause]
    counts[_cause_at_source(sight)] += sight.overdue_at_source
    counts[_cause_in_hand(sight)] += sight.overdue - sight.overdue_at_source
    return max(MissCause, key=lambda cause: counts[cause])


def doing(cause: MissCause, sight: Sight) -> Doing:
    """What is done about a violation that is charged with ``cause``: the first that holds."""
    full = cause in _MORE_WORKERS_HELP and sight.workers_ready >= sight.max_workers
    holds = {
        Doing.DOWNSTREAM_DOWN: sight.downstream_down,
        Doing.SOURCE_DOWN: sight.source_down,
        Doing.HANDLER_SLOW: cause is MissCause.HANDLE,
        Doing.SCALING: sight.short_of_workers or sight.workers_wanted > sight.workers_ready,
        Doing.AT_MAX_WORKERS: full,
        Doing.HELD_BACK: sight.scale_reason in frozenset(Guard),
    }
    return next((each for each, so in holds.items() if so), Doing.CATCHING_UP)


def _cause_at_source(sight: Sight) -> MissCause:
    if sight.downstream_down:
        return MissCause.DOWNSTREAM
    if sight.source_down:
        return MissCause.OUTAGE
    return MissCause.SCALE_UP_LAG if sight.short_of_workers else MissCause.QUEUE


def _cause_in_hand(sight: Sight) -> MissCause:
    if sight.downstream_down:
        return MissCause.DOWNSTREAM
    return MissCause.OUTAGE if sight.source_down else MissCause.HANDLE
