"""Puts together what the board says of each tier at this moment, and of what may be done about one that is violated."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from operator import add
from typing import Protocol

from punctuald.clock import Clock
from punctuald.model import Metric, Stage
from punctuald.policy.delivery.miss_cause import MissCause
from punctuald.policy.sla.overdue import Count, Counts, Waiting, overdue_at_source
from punctuald.policy.sla.response import Sight
from punctuald.policy.sla.windows import Look
from punctuald.stats.board.cells import MICROSECONDS
from punctuald.stats.figures.intervals import DecisionFigures, Interval, QueueFigures, QueueNow, Standing


class Figures(Protocol):
    """See `stats.figures.interval_reader`."""

    def read(self, now_mono: float) -> Interval:
        """What was counted since the last interval that was reported."""
        ...

    def follow(self) -> None:
        """Another reader logged an interval: count from where that ended."""
        ...

    def standings(self) -> tuple[Standing, ...]:
        """How each queue and tier stands."""
        ...

    def queues_now(self) -> tuple[QueueNow, ...]:
        """What waits at each queue's source."""
        ...

    def decision(self, now_mono: float) -> DecisionFigures | None:
        """The autoscaler's last one."""
        ...


@dataclass(frozen=True, slots=True)
class TierSight:
    """A look at one tier, and how many of its messages are overdue at their source, which are in the look as well."""

    look: Look
    overdue_at_source: int = 0


class Sensors:
    """``figures`` are its own: reading them must not come between another's reading and the word that it is logged.

    ``tier_of``: name and threshold of the tier that a queue's message of that age is held against. ``downs``: the
    queues that are not received from because what their handlers call is away. ``alone``: no other daemon receives from
    these queues."""

    def __init__(
        self,
        figures: Figures,
        *,
        tiers: Collection[str],
        tier_of: Callable[[str, float], tuple[str, float]],
        downs: Callable[[], Collection[str]],
        alone: bool,
        max_workers: int,
        clock: Clock,
    ) -> None:
        self._figures = figures
        self._tiers = tuple(tiers)
        self._tier_of = tier_of
        self._downs = downs
        self._alone = alone
        self._max_workers = max_workers
        self._clock = clock
        self._last = Interval()
        self._worst: dict[str, float] = {}
        self._counts: dict[str, Counts] = {}

    def reported(self, interval: Interval) -> None:
        """That interval is in the log; what it knows of late messages goes into the next looks."""
        self._last = interval
        self._figures.follow()
        for tier, seconds in _worst(interval).items():
            self._worst[tier] = max(seconds, self._worst.get(tier, 0.0))

    def looks(self) -> Mapping[str, TierSight]:
        """Of all tiers, also those that had no message yet."""
        worst, self._worst = self._worst, {}
        looks = {tier: Look(worst_seconds=worst.get(tier, 0.0)) for tier in self._tiers}
        for standing in self._figures.standings():
            looks[standing.tier] = _with(looks.get(standing.tier, Look()), standing)
        at_source = self._at_source()
        return {tier: _with_overdue(look, *at_source.get(tier, (0, 0.0))) for tier, look in looks.items()}

    def worst_now(self, tier: str) -> float:
        """The longest that a late message of that tier took since the last interval; 0.0 = none was."""
        return _worst(self._figures.read(self._clock.mono())).get(tier, 0.0)

    def sight(self, seen: TierSight) -> Sight:
        """What else there is to see while that tier is violated."""
        interval = self._figures.read(self._clock.mono())
        decision = interval.decision
        return Sight(
            overdue=seen.look.overdue,
            overdue_at_source=seen.overdue_at_source,
            downstream_down=bool(self._downs()),
            source_down=_any_source_down([*self._last.queues, *interval.queues]),
            workers_ready=interval.workers_ready,
            workers_wanted=decision.workers if decision else interval.workers_ready,
            max_workers=self._max_workers,
            short_of_workers=decision is not None and decision.short_seconds > 0,
            scale_reason=decision.reason if decision else None,
        )

    def _at_source(self) -> Mapping[str, tuple[int, float]]:
        """By tier: how many are overdue there, and how long the oldest of them took so far."""
        queues, now_mono = self._figures.queues_now(), self._clock.mono()
        decision = self._figures.decision(now_mono)
        age_seconds = decision.head_age_seconds if decision else None
        waiting = [self._waiting(queue, age_seconds or 0.0, now_mono) for queue in queues]
        by_age = overdue_at_source(waiting, age_seconds)
        overdue = {tier: (n, age_seconds or 0.0) for tier, n in by_age.items()}
        for queue in queues if self._alone else ():
            tier, n, seconds = self._left_waiting(queue)
            if n > overdue.get(tier, (0, 0.0))[0]:
                overdue[tier] = (n, seconds)
        return overdue

    def _left_waiting(self, queue: QueueNow) -> tuple[str, int, float]:
        """The head's age is known from what is received. While nothing is, since all slots are busy or what handlers
        call is away, the source's own counts tell."""
        counts = self._counts.get(queue.queue, Counts(empty=queue.receives_empty))
        if queue.backlog is not None:
            count = Count(queue.backlog.read_mono, queue.backlog.visible, queue.received)
            counts = counts.seen(count, queue.receives_empty)
        self._counts[queue.queue] = counts
        tier, threshold_seconds = self._tier_of(queue.queue, 0.0)
        return tier, *counts.overdue(threshold_seconds, queue.received)

    def _waiting(self, queue: QueueNow, head_age_seconds: float, now_mono: float) -> Waiting:
        tier, threshold_seconds = self._tier_of(queue.queue, head_age_seconds)
        if queue.backlog is None:
            return Waiting(tier, threshold_seconds, 0)
        return Waiting(tier, threshold_seconds, queue.backlog.visible, now_mono - queue.backlog.read_mono)


def _with(look: Look, standing: Standing) -> Look:
    missed_by = tuple(map(add, look.missed_by, (standing.missed_by.get(cause, 0) for cause in MissCause)))
    worst_seconds = look.worst_seconds
    if standing.overdue:
        worst_seconds = max(worst_seconds, standing.threshold_seconds + standing.worst_overdue_seconds)
    return Look(look.met + standing.met, missed_by, look.overdue + standing.overdue, worst_seconds)


def _with_overdue(look: Look, overdue: int, worst_seconds: float) -> TierSight:
    worst_seconds = max(look.worst_seconds, worst_seconds if overdue else 0.0)
    return TierSight(Look(look.met, look.missed_by, look.overdue + overdue, worst_seconds), overdue)


def _worst(interval: Interval) -> dict[str, float]:
    worst: dict[str, float] = {}
    for tier in interval.tiers:
        if tier.missed:
            seconds = tier.stages[Stage.END_TO_END].max_us / MICROSECONDS
            worst[tier.tier] = max(seconds, worst.get(tier.tier, 0.0))
    return worst


def _any_source_down(queues: Sequence[QueueFigures]) -> bool:
    errors: dict[str, int] = {}
    answers: dict[str, int] = {}
    for queue in queues:
        errors[queue.queue] = errors.get(queue.queue, 0) + queue.counts[Metric.SOURCE_ERROR]
        answered = queue.counts[Metric.RECEIVED] + queue.counts[Metric.RECEIVE_EMPTY]
        answers[queue.queue] = answers.get(queue.queue, 0) + answered
    return any(errors[queue] and not answers[queue] for queue in errors)
