"""What becomes of the messages that a receive brought: to start, as a newer handle of what is there, or as poison."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import structlog

from punctuald.delivery.in_flight import InFlight, InFlightTable
from punctuald.delivery.queue_options import QueueOptions
from punctuald.delivery.worker_context import WorkerContext
from punctuald.logs import present
from punctuald.model import Message, Metric, Outcome, OutcomeKind

from .tier_resolver import TierResolver

log = structlog.get_logger()


class Admitted(NamedTuple):
    """What came: ``fresh`` is new to us, in its order. Of that ``suspects`` run alone, except those that have their
    outcome already: these are poison and never start. ``renewed`` was in flight and has a newer handle; ``superseded``
    was going back, and is among the fresh again.
    """

    fresh: list[InFlight]
    renewed: list[InFlight]
    superseded: list[InFlight]
    suspects: list[InFlight]
    lease_until_mono: float


class Admission:
    """The way in of one queue."""

    def __init__(self, options: QueueOptions, context: WorkerContext, table: InFlightTable) -> None:
        self._options = options
        self._context = context
        self._table = table
        self._tiers = TierResolver(context.calendar, options.pinned_tier, options.event_time)

    def admit(self, messages: Sequence[Message], visibility_seconds: float) -> Admitted:
        """Take ``messages`` (at least one), received just now."""
        received_mono = self._context.clock.mono()
        lease_until_mono = received_mono + visibility_seconds
        sent_utcs = [message.sent_utc for message in messages]
        self._context.stats.broker_ahead(self._options.source.broker_ahead_seconds)
        self._count(messages, sent_utcs, received_mono)
        targets, options = self._tiers.of_all(messages, min(sent_utcs), max(sent_utcs)), self._options
        items = [
            InFlight(message, options, target, received_mono, lease_until_mono)
            for message, target in zip(messages, targets, strict=False)
        ]
        self._count_pinned(items)
        fresh, renewed, superseded = self._table.take(items)
        if renewed:
            self._log_duplicates(renewed)
        suspects = self._suspects_among(fresh) if self._context.poison_deaths else []
        return Admitted(fresh, renewed, superseded, suspects, lease_until_mono)

    def _count(self, messages: Sequence[Message], sent_utcs: list[float], received_mono: float) -> None:
        index, stats = self._options.index, self._context.stats
        stats.count(index, Metric.RECEIVED, len(messages))
        redelivered = len([message for message in messages if message.receive_count > 1])
        if redelivered:
            stats.count(index, Metric.REDELIVERED, redelivered)
            sent_utcs = [message.sent_utc for message in messages if message.receive_count == 1]
        if sent_utcs:
            received_utc = messages[0].received_utc
            if max(sent_utcs) > received_utc:  # two clocks may say so, but nothing is newer than now
                sent_utcs = [min(sent_utc, received_utc) for sent_utc in sent_utcs]
            stats.arrivals(sent_utcs)
        if self._options.source.ordered:
            for message in messages:
                if message.group is not None:
                    stats.group(index, message.group, received_mono)

    def _count_pinned(self, items: Sequence[InFlight]) -> None:
        """The arrivals of messages whose tier does not go by the clock: they are planned for by themselves."""
        sent_utcs: dict[int, list[float]] = {}
        for item in items:
            if item.tier_target.pinned and item.message.receive_count == 1:
                sent_utc = min(item.message.sent_utc, item.message.received_utc)
                sent_utcs.setdefault(item.tier_target.tier, []).append(sent_utc)
        for tier, sent_in_tier in sent_utcs.items():
            self._context.stats.pinned_arrivals(tier, sent_in_tier)

    def _log_duplicates(self, items: Sequence[InFlight]) -> None:
        self._context.stats.count(self._options.index, Metric.DUPLICATE_IN_FLIGHT, len(items))
        for item in items:
            log.info(
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
