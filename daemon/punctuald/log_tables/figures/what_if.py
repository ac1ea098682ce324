"""What came of a replay, or of what really happened, in the same terms."""

from __future__ import annotations

from dataclasses import dataclass

from punctuald.policy.advice.prices import MILLION, Prices

from .compliance import TierSum
from .load import Curve
from .report import Report

NEAR_SHARE = 0.01
NEAR_WORKERS = 0.15
"""A replay of what was is near what happened within a point of compliance and 15 % of the workers' hours."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """``tiers`` as in the report; in a replay all messages are in the tier of their time of sending, and none has a
    longest time.

    - ``worker_hours`` are of workers that took messages.
    - ``workers`` and ``late`` are curves over the report's bins: workers that were ready, messages that were late.
    - ``draws``: a replay was drawn so often, this is the middle one, and the shares that were on time are all
      ``between`` two.
    """

    name: str
    tiers: tuple[TierSum, ...]
    worker_hours: float
    most_workers: float
    requests: int
    request_cost: float
    worker_cost: float | None
    workers: Curve
    late: Curve
    draws: int = 0
    between: tuple[float, float] | None = None

    @property
    def messages(self) -> int:
        """Of all tiers."""
        return sum(tier.messages for tier in self.tiers)

    @property
    def compliance(self) -> float:
        """The share of all that was on time; 1 where there was none."""
        return sum(tier.met for tier in self.tiers) / self.messages if self.messages else 1.0

    @property
    def cost(self) -> float:
        """Of calls, and of workers where their price is known."""
        return self.request_cost + (self.worker_cost or 0.0)


@dataclass(frozen=True, slots=True)
class WhatIf:
    """``happened`` is the log's account, ``replayed`` the replay with the configuration as it is, ``alternatives``
    those with changes. ``sentences`` say what the replays leave out of account. ``currency`` is that of all costs."""

    happened: Outcome
    replayed: Outcome
    alternatives: tuple[Outcome, ...]
    sentences: tuple[str, ...]
    currency: str

    @property
    def is_near(self) -> bool:
        """Whether the replay of what was is near what happened, so that its answers may be trusted."""
        least, most = self.replayed.between or (self.replayed.compliance, self.replayed.compliance)
        happened = self.happened.compliance
        hours = abs(self.replayed.worker_hours - self.happened.worker_hours)
        near = least - NEAR_SHARE <= happened <= most + NEAR_SHARE
        return near and hours <= NEAR_WORKERS * self.happened.worker_hours


def happened(report: Report) -> Outcome:
    """The log's own account."""
    workers: Curve = () if report.load is None else report.load.workers_ready
    return Outcome(
        "what happened",
        report.tiers,
        report.cost.worker_hours,
        max((each for each in workers if each is not None), default=0.0),
        report.cost.requests,
        report.cost.request_cost,
        report.cost.worker_cost,
        workers,
        () if report.load is None else report.load.late,
    )


def call_price(report: Report, prices: Prices) -> float:
    """Of one call, in the mean over the log's queues."""
    cost = report.cost
    return cost.request_cost / cost.requests if cost.requests else prices.standard / MILLION
