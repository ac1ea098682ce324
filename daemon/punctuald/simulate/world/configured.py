"""The world that a configuration says: its pool, its tiers, its first queue, its law of scaling."""

from __future__ import annotations

from math import ceil

from punctuald.config import QueueSettings, Settings, calendar_of
from punctuald.errors import ConfigurationError
from punctuald.policy.delivery.tiers import Calendar, Tier
from punctuald.policy.scaling.decide import ScalingRules
from punctuald.simulate.engine.setup import DepthGauge, Setup
from punctuald.simulate.trace.tier_plan import ByClock


def configured_setup(settings: Settings) -> Setup:
    """What the configuration does not say, such as how long handlers take, is as by default. Raises
    `ConfigurationError` where it has no SQS queue."""
    queue = first_queue(settings)
    return Setup(
        tier_times=ByClock(_calendar(settings)),
        slots=settings.pool.slots,
        min_workers=settings.pool.min_workers,
        max_workers=settings.pool.max_workers,
        depth=DepthGauge(settings.scaling.backlog_interval_seconds),
        lookahead_seconds=queue.lookahead_seconds,
        prefetch_limit=settings.pool.prefetch_limit,
        ack_linger_seconds=queue.ack_linger_seconds,
        redelivery_seconds=queue.retry_initial_seconds,
        wait_seconds=max(queue.wait_seconds, queue.poll_interval_seconds),
        limits=queue.limits,
        step_seconds=step_seconds(settings.scaling.interval_seconds),
    )


def step_seconds(interval_seconds: float) -> float:
    """A second, or less where the autoscaler's interval is no whole number of them."""
    return interval_seconds / ceil(interval_seconds)


def law_of(settings: Settings) -> tuple[ScalingRules, float]:
    """Our own law's rules, and its tick in seconds."""
    rules = ScalingRules(
        min_workers=settings.pool.min_workers,
        max_workers=settings.pool.max_workers,
        hold_seconds=settings.scaling.hold_seconds,
    )
    return rules, settings.scaling.interval_seconds


def first_queue(settings: Settings) -> QueueSettings:
    """The one that is simulated. Raises `ConfigurationError` where there is none."""
    if not settings.queues:
        raise ConfigurationError("the configuration has no [[queue]], and nothing but a queue can be simulated")
    return settings.queues[0]


def _calendar(settings: Settings) -> Calendar:
    """The tiers by the clock; where the first queue names a tier, that one holds at all times."""
    calendar = calendar_of(settings.sla)
    pinned = calendar.index_of(first_queue(settings).tier)
    if pinned is None:
        return calendar
    tier = calendar.tiers[pinned]
    return Calendar((Tier(tier.name, tier.threshold_seconds),), calendar.zone)
