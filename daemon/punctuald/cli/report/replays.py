"""Replays what the log tells of through the simulator: as it was configured, and with each change."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from math import ceil, floor

from punctuald.config import Settings
from punctuald.errors import ConfigurationError
from punctuald.log_tables.database import Database
from punctuald.log_tables.figures.clock import Extent
from punctuald.log_tables.figures.compliance import TierSum
from punctuald.log_tables.figures.measured import Measured, measured
from punctuald.log_tables.figures.report import Report
from punctuald.log_tables.figures.what_if import Outcome, WhatIf, call_price, happened
from punctuald.policy.advice.prices import Prices
from punctuald.policy.limits.queue_limits import NO_LIMITS
from punctuald.simulate.engine.engine import replay_together
from punctuald.simulate.engine.result import Result, TierResult
from punctuald.simulate.engine.setup import Setup
from punctuald.simulate.engine.traffic import draw_traffic
from punctuald.simulate.scalers.ours import Ours
from punctuald.simulate.trace.trace import trace_of_arrivals
from punctuald.simulate.world.configured import configured_setup, law_of
from punctuald.simulate.world.measured import measured_setup

from .caveats import caveats
from .changes import Question
from .curves import curve
from .replay_size import draws_of, refuse_several, refuse_too_much

REPLAYED = "replayed as it was"
_HOUR_SECONDS = 3600.0


def what_if(
    log: Database, report: Report, question: Question, prices: Prices, on_step: Callable[[str, float], None]
) -> WhatIf:
    """The answer. Raises `ConfigurationError` where the log or the configuration can't be replayed."""
    if report.extent is None:
        raise ConfigurationError("--what-if: the log has no intervals, so there is nothing to replay")
    replays = _Replays(report, report.extent, measured(log, report.extent), prices)
    asked = ((REPLAYED, question.as_it_is), *question.alternatives.items())
    worlds = [replays.world(name, settings) for name, settings in asked]  # all, before the first one takes its time
    outcomes = []
    for number, world in enumerate(worlds):
        step = partial(_step, on_step, f"replaying {world.name}", number, len(worlds))
        outcomes.append(replays.outcome(world, step))
    sentences = tuple(caveats(report, replays.measured, question.as_it_is, tuple(question.alternatives.values())))
    return WhatIf(happened(report), outcomes[0], tuple(outcomes[1:]), sentences, prices.currency)


def _step(on_step: Callable[[str, float], None], name: str, number: int, worlds: int, share: float) -> None:
    on_step(name, 100 * (number + share) / worlds)


@dataclass(frozen=True, slots=True)
class _World:
    """``draws``: how often it is replayed."""

    name: str
    settings: Settings
    setup: Setup
    draws: int


class _Replays:
    def __init__(self, report: Report, extent: Extent, found: Measured, prices: Prices) -> None:
        if not found.arrivals or not any(sum(span.values()) for span in found.times["handle"]):
            raise ConfigurationError(
                "--what-if: the log has no `stats.arrivals` or no times of handlers, so there is nothing to replay; "
                "both are logged in JSON, at level info or below"
            )
        self.measured = found
        self._report, self._extent, self._prices = report, extent, prices
        refuse_too_much(extent, sum(found.arrivals.values()))
        arrivals = _over_all_of(extent, found.arrivals)
        self._begin_seconds = extent.begin_utc - min(arrivals)
        self._trace = trace_of_arrivals(report.name, arrivals)

    def world(self, name: str, settings: Settings) -> _World:
        """What is replayed under ``settings``. Raises `ConfigurationError` where that can't be."""
        setup = self._setup(settings)
        return _World(name, settings, setup, draws_of(name, setup, sum(self.measured.arrivals.values()), self._extent))

    def outcome(self, world: _World, on_step: Callable[[float], None]) -> Outcome:
        """Of the middle one of some replays, by the share that was on time: in each, the order of long and short
        handlers is another one, and the autoscaler looks at other moments."""
        results = []
        for number in range(world.draws):
            on_step(number / world.draws)
            results.append(self._replay(world, number))
        results.sort(key=lambda result: result.everything.compliance)
        between = (results[0].everything.compliance, results[-1].everything.compliance)
        return self._outcome(world, results[len(results) // 2], between)

    def _replay(self, world: _World, number: int) -> Result:
        daemons = len(self._extent.hosts)
        rules, tick_seconds = law_of(world.settings)
        scalers = [Ours(rules, tick_seconds=tick_seconds, hosts=daemons) for _ in range(daemons)]
        traffic = draw_traffic(self._trace, world.setup, number).later(number / world.draws * tick_seconds)
        return replay_together(traffic, self._trace, world.setup, scalers, number)

    def _setup(self, settings: Settings) -> Setup:
        _refuse_tiers_of_queues(settings)
        times, setup = self.measured.times, configured_setup(settings)
        if len(settings.sources) > 1:
            setup = replace(setup, limits=NO_LIMITS)
        refuse_several(setup, len(self._extent.hosts))
        return measured_setup(
            setup,
            times["handle"],
            [cells for stage, cells in times.items() if stage != "handle"],
            begin_seconds=self._begin_seconds,
            start_seconds=self.measured.start_seconds,
            start_deviation_seconds=self.measured.start_deviation_seconds,
            failed_share=self.measured.failed_share,
        )

    def _outcome(self, world: _World, result: Result, between: tuple[float, float]) -> Outcome:
        hours = result.ready_seconds / _HOUR_SECONDS
        worker_hour = self._prices.worker_hour
        line = result.timeline
        return Outcome(
            world.name,
            tuple(map(_tier, result.tiers)),
            hours,
            max(line.ready),
            result.requests.total,
            result.requests.total * call_price(self._report, self._prices),
            None if worker_hour is None else hours * worker_hour,
            curve(line, line.ready, self._extent, is_sum=False),
            curve(line, line.late, self._extent, is_sum=True),
            world.draws,
            between,
        )


def _over_all_of(extent: Extent, arrivals: Mapping[int, int]) -> dict[int, int]:
    """With nothing in the log's first and last second where nothing came: workers are there from end to end."""
    return {floor(extent.begin_utc): 0, ceil(extent.end_utc) - 1: 0, **arrivals}


def _tier(tier: TierResult) -> TierSum:
    thresholds = () if tier.threshold_seconds is None else (tier.threshold_seconds,)
    missed = tier.messages - tier.met
    return TierSum(tier.name, thresholds, tier.messages, tier.met, missed, tier.p50, tier.p95, tier.p99, None)


def _refuse_tiers_of_queues(settings: Settings) -> None:
    if len({source.tier for source in settings.sources}) > 1:
        raise ConfigurationError(
            "--what-if: queues have tiers of their own, and the simulator has one tier for all messages of a moment"
        )
