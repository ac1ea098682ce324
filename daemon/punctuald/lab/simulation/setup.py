"""What is simulated: the pool, its messages, and how well it can see."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import time
from enum import StrEnum
from math import log, sqrt
from typing import Protocol
from zoneinfo import ZoneInfo

import numpy as np

from punctuald.policy.delivery.tiers import Calendar, Tier

from .stamps import Seconds
from .tier_plan import ByClock, ByShares

STUDY_TIERS = (
    Tier("batch_mode", 60.0, time(0), time(6)),
    Tier("peak_hours", 3.0, time(8), time(20)),
    Tier("off_hours", 10.0),
)
STUDY_SHARES = ((0.15, 10.0), (0.50, 3.0), (0.15, 10.0), (0.15, 60.0), (0.05, 3.0))


class Overload(StrEnum):
    """Which of the messages in hand goes first when not all can be on time."""

    BREACHED_FIRST = "breached-first"  # as the daemon does: what is late already goes before all others
    RESCUE = "rescue"  # what can still be on time goes first; what is late gets what is left


class ServiceTimes(Protocol):
    """How long handlers take."""

    @property
    def mean_seconds(self) -> float:
        """The mean."""
        ...

    def draw(self, count: int, rng: np.random.Generator) -> Seconds:
        """``count`` independent service times."""
        ...


@dataclass(frozen=True, slots=True)
class Lognormal:
    """Service times with this mean and this coefficient of variation (0 = all the same)."""

    mean_seconds: float = 0.2
    variation: float = 1.0

    def draw(self, count: int, rng: np.random.Generator) -> Seconds:
        """See `ServiceTimes.draw`."""
        variance = log(1 + self.variation**2)
        return rng.lognormal(log(self.mean_seconds) - variance / 2, sqrt(variance), count)


@dataclass(frozen=True, slots=True)
class Exponential:
    """Service times without memory: what queueing theory has formulas for."""

    mean_seconds: float = 0.2

    def draw(self, count: int, rng: np.random.Generator) -> Seconds:
        """See `ServiceTimes.draw`."""
        return rng.exponential(self.mean_seconds, count)


@dataclass(frozen=True, slots=True)
class Measured:
    """Service times drawn from those that a real daemon logged."""

    seconds: tuple[float, ...] = field(repr=False)

    @property
    def mean_seconds(self) -> float:
        """See `ServiceTimes.mean_seconds`."""
        return sum(self.seconds) / len(self.seconds)

    def draw(self, count: int, rng: np.random.Generator) -> Seconds:
        """See `ServiceTimes.draw`."""
        return rng.choice(np.asarray(self.seconds), count)


@dataclass(frozen=True, slots=True)
class DepthGauge:
    """SQS's Approximate* attributes: asked for every so often, old when they arrive, and not exact.

    ``noise_share`` is the standard deviation of a factor around 1.
    """

    interval_seconds: float = 5.0
    stale_seconds: float = 5.0
    noise_share: float = 0.05


@dataclass(frozen=True, slots=True)
class Setup:
    """One world; the defaults are those of the study that the scaling law came from.

    - ``start_seconds``, ``start_variation``: from fork to the first message; a lognormal with this mean, or constant.
    - ``depth``: None = the source never says how long the queue is.
    - ``order_randomness``: SQS standard queues give messages in their best effort of an order: each receive takes one
      at random of the oldest share (0 to 1) of the queue.
    - ``redelivery_share``, ``redelivery_seconds``: how often a delivery fails, and when it comes again.
    - ``window``: messages that the pool can hold back unstarted, among which urgency decides; None = what
      `policy.delivery.prefetch.budget` lets its workers look ahead, receives taking no time.
    - ``step_seconds``: how often the simulation looks at itself. Messages, starts and drains are exact whatever it is.
    """

    promises: ByClock | ByShares = field(default_factory=lambda: ByClock(Calendar(STUDY_TIERS, ZoneInfo("UTC"))))
    service: ServiceTimes = Lognormal()
    slots: int = 4
    min_workers: int = 1
    max_workers: int = 64
    start_seconds: float = 1.0
    start_variation: float = 0.0
    depth: DepthGauge | None = DepthGauge()
    order_randomness: float = 0.0
    redelivery_share: float = 0.0
    redelivery_seconds: float = 1.0
    overload: Overload = Overload.BREACHED_FIRST
    window: int | None = None
    lookahead_seconds: float = 0.2
    prefetch_limit: int = 500
    ack_linger_seconds: float = 0.2
    wait_seconds: float = 20.0
    step_seconds: float = 1.0
