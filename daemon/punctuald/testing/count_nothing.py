"""Statistics of a worker that has no board."""

from __future__ import annotations

from collections.abc import Sequence

from punctuald.model import Metric, Samples
from punctuald.policy.delivery.due_time import AskedDue


class CountNothing:
    """A `StatsPort`, for there is no board."""

    def count(self, queue: int, metric: Metric, n: int = 1) -> None:
        """See `StatsPort.count`."""

    def arrivals(self, queue: int, sent_utcs: Sequence[float]) -> None:
        """See `StatsPort.arrivals`."""

    def pinned_arrivals(self, tier: int, sent_utcs: Sequence[float]) -> None:
        """See `StatsPort.pinned_arrivals`."""

    def limited_arrivals(self, sent_utcs: Sequence[float]) -> None:
        """See `StatsPort.limited_arrivals`."""

    def groups(self, queue: int, names: set[str], now_mono: float) -> None:
        """See `StatsPort.groups`."""

    def broker_ahead(self, seconds: float) -> None:
        """See `StatsPort.broker_ahead`."""

    def saturated(self, queue: int, *, yes: bool) -> None:
        """See `StatsPort.saturated`."""

    def held(self, messages: int) -> None:
        """See `StatsPort.held`."""

    def sample(self, samples: Samples) -> None:
        """See `StatsPort.sample`."""

    def slow_run(self, queue: int, seconds: float, message_id: str) -> None:
        """See `StatsPort.slow_run`."""


class RememberNoDueTimes:
    """A `DueTablePort`, for nothing is late here."""

    def enter(self, message_id: str, asked: AskedDue) -> None:
        """See `DueTablePort.enter`."""

    def asked_of(self, message_id: str) -> AskedDue | None:
        """See `DueTablePort.asked_of`: it knows none."""
