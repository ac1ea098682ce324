"""The world that `simulate` replays: what the configuration says of it, what the options assume, and the trace."""

from __future__ import annotations

from math import ceil
from pathlib import Path

from punctuald.config import QueueSettings, Settings, calendar_of
from punctuald.errors import ConfigurationError
from punctuald.policy.delivery.tiers import Calendar, Tier
from punctuald.policy.limits.queue_limits import QueueLimits
from punctuald.policy.scaling.decide import ScalingRules
from punctuald.simulate.engine.setup import STUDY_SHARES, DepthGauge, Overload, Setup
from punctuald.simulate.trace.log_trace import read_service_times
from punctuald.simulate.trace.service_times import Lognormal, ServiceTimes
from punctuald.simulate.trace.synth import synthetic
from punctuald.simulate.trace.tier_plan import ByClock, ByShares
from punctuald.simulate.trace.trace import Trace
from punctuald.simulate.trace.trace_file import read_trace

from .trace_options import TraceChoice
from .world_options import World


def setup_of(settings: Settings, world: World) -> Setup:
    """Pool, tiers and the first queue are taken from the configuration, everything else from the options."""
    queue = _first_queue(settings)
    return Setup(
        tier_times=ByShares(STUDY_SHARES) if world.squeezed else ByClock(_calendar(settings)),
        service=_service(world),
        slots=settings.pool.slots,
        min_workers=settings.pool.min_workers,
        max_workers=settings.pool.max_workers,
        start_seconds=world.start_seconds,
        start_variation=world.start_variation,
        depth=_depth(settings, world),
        order_randomness=world.order_randomness,
        redelivery_share=world.redelivery,
        redelivery_seconds=world.redelivery_seconds,
        overload=Overload(world.overload),
        window=world.window,
        lookahead_seconds=queue.lookahead_seconds,
        prefetch_limit=settings.pool.prefetch_limit,
        ack_linger_seconds=queue.ack_linger_seconds,
        wait_seconds=max(queue.wait_seconds, queue.poll_interval_seconds),
        kill_at_seconds=world.kill_at_seconds,
        limits=_limits(settings, world),
        step_seconds=step_seconds(settings.scaling.interval_seconds),
    )


def step_seconds(interval_seconds: float) -> float:
    """A second, or less where the autoscaler's interval is no whole number of them."""
    return interval_seconds / ceil(interval_seconds)


def _service(world: World) -> ServiceTimes:
    if world.service_log is not None:
        return read_service_times(world.service_log)
    return Lognormal(world.service_seconds, world.service_variation)


def _first_queue(settings: Settings) -> QueueSettings:
    if not settings.queues:
        raise ConfigurationError("the configuration has no [[queue]], and nothing but a queue can be simulated")
    return settings.queues[0]


def _limits(settings: Settings, world: World) -> QueueLimits:
    limits = _first_queue(settings).limits
    if limits.any and (world.daemons or settings.scaling.hosts) > 1:
        raise ConfigurationError(
            "the first [[queue]] has limits, which each daemon keeps for itself: only one daemon can be simulated with"
            " them (--daemons 1)"
        )
    return limits


def _depth(settings: Settings, world: World) -> DepthGauge | None:
    if world.depth == "missing":
        return None
    return DepthGauge(settings.scaling.backlog_interval_seconds, world.depth_stale_seconds, world.depth_noise)


def _calendar(settings: Settings) -> Calendar:
    """The tiers by the clock; where the first queue names a tier, that one holds at all times."""
    calendar = calendar_of(settings.sla)
    pinned = calendar.index_of(_first_queue(settings).tier)
    if pinned is None:
        return calendar
    tier = calendar.tiers[pinned]
    return Calendar((Tier(tier.name, tier.threshold_seconds),), calendar.zone)


def law_of(settings: Settings) -> tuple[ScalingRules, float]:
    """Our own law's rules, and its tick in seconds."""
    rules = ScalingRules(
        min_workers=settings.pool.min_workers,
        max_workers=settings.pool.max_workers,
        hold_seconds=settings.scaling.hold_seconds,
    )
    return rules, settings.scaling.interval_seconds


def trace_of(path: Path | None, choice: TraceChoice, setup: Setup) -> Trace:
    """The trace in ``path``, or the made-up one, cut and scaled as ``choice`` says."""
    if path is not None:
        trace = read_trace(path)
    else:
        trace = synthetic(str(choice.synthetic), seconds=int(choice.length_seconds))
    if choice.from_seconds or choice.until_seconds is not None:
        trace = trace.between(choice.from_seconds, choice.until_seconds or trace.seconds)
    if choice.bin_seconds is not None:
        trace = trace.binned(choice.bin_seconds)
    if choice.load_workers is None:
        return trace
    return trace.at_load(choice.load_workers, setup.slots / setup.service.mean_seconds)
