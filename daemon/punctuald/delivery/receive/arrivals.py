"""Counts each message once on the board, in the second from which it could be run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from punctuald.delivery.board_ports import StatsPort
from punctuald.delivery.in_flight import InFlight
from punctuald.delivery.queue_options import QueueOptions
from punctuald.policy.delivery.due_time import Due

from .due_clock import DueClock


class Arrivals:
    """The scaler wants the rhythm of the work, so what comes before its due time is counted when it is due."""

    def __init__(self, options: QueueOptions, stats: StatsPort, due_clock: DueClock) -> None:
        self._options = options
        self._stats = stats
        self._due_clock = due_clock

    def sent(self, items: Sequence[InFlight]) -> None:
        """They came, and may run since they were sent."""
        received_utc = items[0].message.received_utc
        sent_utcs = [item.message.sent_utc for item in items if item.message.receive_count == 1]
        if not sent_utcs:
            return
        if max(sent_utcs) > received_utc:  # two clocks may say so, but nothing is newer than now
            sent_utcs = [min(sent_utc, received_utc) for sent_utc in sent_utcs]
        self._count(sent_utcs)
        pinned = [item for item in items if item.tier_target.pinned and item.message.receive_count == 1]
        if pinned:
            self._count_pinned((item, min(item.message.sent_utc, received_utc)) for item in pinned)

    def due(self, items: Sequence[InFlight], dues: Sequence[Due]) -> None:
        """They came, with these due times."""
        first = [
            (item, min(due.utc, item.message.received_utc))
            for item, due in zip(items, dues, strict=True)
            if not item.is_early and self._due_clock.is_first(item)
        ]
        if first:
            self._count([due_utc for _, due_utc in first])
            self._count_pinned(first)

    def caught_up(self, items: Sequence[InFlight]) -> None:
        """They came late, since their region was away. Nobody could have had them before, so they arrive now: a head
        that is a minute old would look as if a minute's work were waiting. What is not yet due arrives when it is."""
        first = [
            (item, item.message.received_utc) for item in items if not item.is_early and self._due_clock.is_first(item)
        ]
        if first:
            self._count([received_utc for _, received_utc in first])
            self._count_pinned(first)

    def became_due(self, item: InFlight) -> None:
        """It came early, and may run now."""
        if self._due_clock.is_first(item):
            due_utc = self._due_clock.broker_utc(item.ready_from_mono)
            self._count([due_utc])
            self._count_pinned([(item, due_utc)])

    @property
    def _is_limited(self) -> bool:
        return self._options.limit is not None and self._options.limit.is_limited

    def _count(self, utcs: Sequence[float]) -> None:
        """What a limit holds back is no demand for workers, however fast it is sent."""
        if self._is_limited:
            self._stats.limited_arrivals(utcs)
        else:
            self._stats.arrivals(self._options.index, utcs)

    def _count_pinned(self, arrived: Iterable[tuple[InFlight, float]]) -> None:
        """The arrivals of messages whose tier does not go by the clock: they are planned for by themselves."""
        utcs: dict[int, list[float]] = {}
        for item, utc in () if self._is_limited else arrived:
            if item.tier_target.pinned:
                utcs.setdefault(item.tier_target.tier, []).append(utc)
        for tier, in_tier in utcs.items():
            self._stats.pinned_arrivals(tier, in_tier)
