"""What becomes of the messages that a receive brought: to start, as a newer handle of what is there, or as poison."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from punctuald.delivery.in_flight import InFlight, InFlightTable
from punctuald.delivery.queue_options import QueueOptions
from punctuald.delivery.worker_context import WorkerContext
from punctuald.logs import present
from punctuald.model import Message, Metric, Outcome, OutcomeKind
from punctuald.policy.delivery.due_time import Due

from .arrivals import Arrivals
from .due_times import DueTimes, count_from_due
from .tier_resolver import TierResolver


class Admitted(NamedTuple):
    """What came: ``fresh`` is new to us, in its order. Of that ``suspects`` run alone, except those that have their
    outcome already: these are poison and never start. ``renewed`` was in flight and has a newer handle; ``superseded``
    was going back, and is among the fresh again. ``any_early``: some of the fresh are not yet due.
    """

    fresh: list[InFlight]
    renewed: list[InFlight]
    superseded: list[InFlight]
    suspects: list[InFlight]
    lease_until_mono: float
    any_early: bool


class Admission:
    """The way in of one queue. ``delay_seconds`` is for how long the queue hides new messages by itself."""

    def __init__(
        self,
        options: QueueOptions,
        context: WorkerContext,
        table: InFlightTable,
        arrivals: Arrivals,
        delay_seconds: Callable[[], float],
    ) -> None:
        self._options = options
        self._context = context
        self._table = table
        self._arrivals = arrivals
        self._due_times = DueTimes(options, context, delay_seconds)
        self._tiers = TierResolver(context.calendar, options.pinned_tier, options.event_time)

    def admit(self, messages: Sequence[Message], visibility_seconds: float) -> Admitted:
        """Take ``messages`` (at least one), received just now."""
        received_mono = self._context.clock.mono()
        lease_until_mono = received_mono + visibility_seconds
        dues = self._due_times.of_all(messages)
        due_utcs = [message.sent_utc for message in messages] if dues is None else [due.utc for due in dues]
        self._context.stats.broker_ahead(self._options.source.broker_ahead_seconds)
        self._count(messages, received_mono)
        targets, options = self._tiers.of_all(messages, due_utcs), self._options
        items = [
            InFlight(message, options, target, received_mono, lease_until_mono)
            for message, target in zip(messages, targets, strict=False)
        ]
        if dues is not None:
            for item, due in zip(items, dues, strict=True):
                count_from_due(item, due)
        if options.region is not None:
            options.region.received([_is_late(item) for item in items], received_mono)
        self._count_arrivals(items, dues)
        fresh, renewed, superseded = self._table.take(items)
        if renewed:
            self._log_duplicates(renewed)
        suspects = self._suspects_among(fresh) if self._context.poison_deaths else []
        any_early = dues is not None and any(item.is_early for item in fresh)
        return Admitted(fresh, renewed, superseded, suspects, lease_until_mono, any_early)

    def _count(self, messages: Sequence[Message], received_mono: float) -> None:
        index, stats = self._options.index, self._context.stats
        stats.count(index, Metric.RECEIVED, len(messages))
        redelivered = len([message for message in messages if message.receive_count > 1])
        if redelivered:
            stats.count(index, Metric.REDELIVERED, redelivered)
        if self._options.source.ordered:
            stats.groups(index, {each.group for each in messages if each.group is not None}, received_mono)

    def _count_arrivals(self, items: Sequence[InFlight], dues: Sequence[Due] | None) -> None:
        if self._options.region is not None and self._options.region.is_catching_up:
            self._arrivals.caught_up(items)
        elif dues is None:
            self._arrivals.sent(items)
        else:
            self._arrivals.due(items, dues)

    def _log_duplicates(self, items: Sequence[InFlight]) -> None:
        self._context.stats.count(self._options.index, Metric.DUPLICATE_IN_FLIGHT, len(items))
        for item in items:
            self._context.limited.info(
                "message.duplicate_in_flight",
                queue=self._options.name,
                message_id=item.id,
                receive_count=item.message.receive_count,
                **present(tenant=item.message.tenant),
            )

    def _suspects_among(self, fresh: Sequence[InFlight]) -> list[InFlight]:
        deaths_of = self._context.deaths_of
        suspects = [item for item in fresh if deaths_of(item.id)]
        for item in suspects:
            item.is_suspect = True
            lone_deaths = self._context.lone_deaths_of(item.id)
            if lone_deaths >= self._context.poison_deaths:
                item.outcome = Outcome(OutcomeKind.REJECT, f"{lone_deaths} workers died while they ran it")
                self._context.stats.count(self._options.index, Metric.POISON)
        return suspects


def _is_late(item: InFlight) -> bool:
    """Whether its time was over when it came, for the first time: a later try of it is late for another reason than
    its region's absence."""
    return item.message.receive_count == 1 and item.deadline_mono <= item.received_mono
