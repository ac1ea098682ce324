"""What is simulated: the pool, its messages, and how well it can see."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import time
from enum import StrEnum
from zoneinfo import ZoneInfo

from punctuald.policy.delivery.tiers import Calendar, Tier
from punctuald.policy.limits.queue_limits import NO_LIMITS, QueueLimits
from punctuald.simulate.trace.service_times import Lognormal, ServiceTimes
from punctuald.simulate.trace.tier_plan import ByClock, ByShares

STUDY_TIERS = (
    Tier("batch_mode", 60.0, time(0), time(6)),
    Tier("peak_hours", 3.0, time(8), time(20)),
    Tier("off_hours", 10.0),
)
STUDY_SHARES = ((0.15, 10.0), (0.50, 3.0), (0.15, 10.0), (0.15, 60.0), (0.05, 3.0))


class Overload(StrEnum):
    """Which of the messages in flight goes first when not all can be on time."""

    BREACHED_FIRST = "breached-first"  # as the daemon does: what is late already goes before all others
    RESCUE = "rescue"  # what can still be on time goes first; what is late gets what is left


@dataclass(frozen=True, slots=True)
class DepthGauge:
    """SQS's Approximate* attributes: asked for at intervals, old when they arrive, and not exact.

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
    - ``order_randomness``: SQS standard queues keep order only as a best effort. Each receive takes a random message of
      this share (0 to 1) of the queue, the oldest one.
    - ``redelivery_share``, ``redelivery_seconds``: how often a delivery fails, and when it comes again.
    - ``window``: messages that the pool can hold back unstarted, among which urgency decides; None = what
      `policy.delivery.prefetch.budget` lets its workers look ahead, receives taking no time.
    - ``outside``: times that a message takes beside waiting and being handled, as from its event to its sending, and
      from its handler's end to its deletion. They count for its latency, and nothing in the world waits for them.
    - ``begin_seconds``: when the daemons are started; what is sent before waits for them.
    - ``kill_at_seconds``: when the last of several daemons is killed with all of its workers; what these ran comes
      again after ``redelivery_seconds``.
    - ``limits``: of the queue, in the one daemon that there is then.
    - ``step_seconds``: how often the simulation looks at itself; with several daemons so many times more often.
      Messages, starts and drains are exact whatever it is.
    """

    tier_times: ByClock | ByShares = field(default_factory=lambda: ByClock(Calendar(STUDY_TIERS, ZoneInfo("UTC"))))
    service: ServiceTimes = field(default_factory=Lognormal)
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
    wait_seconds: float = 4.0
    outside: tuple[ServiceTimes, ...] = ()
    begin_seconds: float = 0.0
    kill_at_seconds: float | None = None
    limits: QueueLimits = NO_LIMITS
    step_seconds: float = 1.0

    def places(self, daemon: int) -> range:
        """The workers' indexes of the ``daemon``-th daemon on the queue, in the low bits of its slots' stamps.

        Twice as many as there may be workers, as in the daemon: a drain must not hold up a start.
        """
        first = daemon * 2 * self.max_workers
        return range(first, first + 2 * self.max_workers)
