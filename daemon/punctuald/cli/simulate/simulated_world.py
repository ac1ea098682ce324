"""The world that `simulate` replays: what the configuration says of it, what the options assume, and the trace."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from punctuald.config import Settings
from punctuald.errors import ConfigurationError
from punctuald.simulate.engine.setup import STUDY_SHARES, DepthGauge, Overload, Setup
from punctuald.simulate.trace.log_trace import read_service_times
from punctuald.simulate.trace.service_times import Lognormal, ServiceTimes
from punctuald.simulate.trace.synth import synthetic
from punctuald.simulate.trace.tier_plan import ByShares
from punctuald.simulate.trace.trace import Trace
from punctuald.simulate.trace.trace_file import read_trace
from punctuald.simulate.world.configured import configured_setup

from .trace_options import TraceChoice
from .world_options import World


def setup_of(settings: Settings, world: World) -> Setup:
    """Pool, tiers and the first queue are taken from the configuration, everything else from the options."""
    setup = configured_setup(settings)
    _refuse_limits_of_several(setup, world.daemons or settings.scaling.hosts)
    return replace(
        setup,
        tier_times=ByShares(STUDY_SHARES) if world.squeezed else setup.tier_times,
        service=_service(world),
        start_seconds=world.start_seconds,
        start_variation=world.start_variation,
        depth=_depth(settings, world),
        order_randomness=world.order_randomness,
        redelivery_share=world.redelivery,
        redelivery_seconds=world.redelivery_seconds,
        overload=Overload(world.overload),
        window=world.window,
        kill_at_seconds=world.kill_at_seconds,
    )


def _service(world: World) -> ServiceTimes:
    if world.service_log is not None:
        return read_service_times(world.service_log)
    return Lognormal(world.service_seconds, world.service_variation)


def _refuse_limits_of_several(setup: Setup, daemons: int) -> None:
    if setup.limits.any and daemons > 1:
        raise ConfigurationError(
            "the first [[queue]] has limits, which each daemon keeps for itself: only one daemon can be simulated with"
            " them (--daemons 1)"
        )


def _depth(settings: Settings, world: World) -> DepthGauge | None:
    if world.depth == "missing":
        return None
    return DepthGauge(settings.scaling.backlog_interval_seconds, world.depth_stale_seconds, world.depth_noise)


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
