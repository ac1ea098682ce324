"""Replays what the log tells of through the simulator: as it was configured, and with each change."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from math import ceil, floor

import numpy as np

from punctuald.config import Settings
from punctuald.errors import ConfigurationError
from punctuald.log_tables.database import Database
from punctuald.log_tables.figures.clock import Extent
from punctuald.log_tables.figures.compliance import TierSum
from punctuald.log_tables.figures.load import Curve
from punctuald.log_tables.figures.measured import Measured, measured
from punctuald.log_tables.figures.report import Report
from punctuald.log_tables.figures.what_if import Outcome, WhatIf, call_price, happened
from punctuald.policy.advice.prices import Prices
from punctuald.policy.limits.queue_limits import NO_LIMITS
from punctuald.simulate.engine.engine import MOST_WORKERS, replay_together
from punctuald.simulate.engine.result import Result, TierResult
from punctuald.simulate.engine.setup import Setup
from punctuald.simulate.engine.traffic import draw_traffic
from punctuald.simulate.scalers.ours import Ours
from punctuald.simulate.trace.trace import trace_of_arrivals
from punctuald.simulate.world.configured import configured_setup, law_of
from punctuald.simulate.world.measured import measured_setup

from .caveats import caveats
from .changes import Question

REPLAYED = "replayed as it was"
_HOUR_SECONDS = 3600.0
_DAY_SECONDS = 24 * _HOUR_SECONDS
_MOST_DRAWS = 15
_ENOUGH_MESSAGES = 500_000
_ENOUGH_SECONDS = 50_000
"""Of so many messages one replay is enough, for chance evens out; and a replay of so many seconds takes ten."""

MOST_DAYS = 31
MOST_MESSAGES = 50_000_000
"""A replay takes twenty seconds for a day, and 100 bytes for a message."""


def what_if(
    log: Database, report: Report, question: Question, prices: Prices, on_step: Callable[[str, float], None]
) -> WhatIf:
    """The answer. Raises `ConfigurationError` where the log or the configuration can't be replayed."""
    if report.extent is None:
        raise ConfigurationError("--what-if: the log has no intervals, so there is nothing to replay")
    replays = _Replays(report, report.extent, measured(log, report.extent), prices)
    worlds = ((REPLAYED, question.as_it_is), *question.alternatives.items())
    outcomes = []
    for number, (name, settings) in enumerate(worlds):
        step = partial(_step, on_step, f"replaying {name}", number, len(worlds))
        outcomes.append(replays.outcome(name, settings, step))
    sentences = tuple(caveats(report, replays.measured, question.as_it_is, tuple(question.alternatives.values())))
    return WhatIf(happened(report), outcomes[0], tuple(outcomes[1:]), sentences, prices.currency)


def _step(on_step: Callable[[str, float], None], name: str, number: int, worlds: int, share: float) -> None:
    on_step(name, 100 * (number + share) / worlds)


def how_often(messages: int, daemon_seconds: int) -> int:
    """How many replays there are of so many messages and so many seconds of daemons: odd, so that one is in the
    middle."""
    return 2 * min(_MOST_DRAWS // 2, _ENOUGH_MESSAGES // messages, _ENOUGH_SECONDS // daemon_seconds) + 1


class _Replays:
    def __init__(self, report: Report, extent: Extent, found: Measured, prices: Prices) -> None:
        if not found.arrivals or not any(sum(span.values()) for span in found.times["handle"]):
            raise ConfigurationError(
                "--what-if: the log has no `stats.arrivals` or no times of handlers, so there is nothing to replay; "
                "both are logged in JSON, at level info or below"
            )
        self.measured = found
        self._report, self._extent, self._prices = report, extent, prices
        _refuse_too_much(extent, sum(found.arrivals.values()))
        arrivals = _over_all_of(extent, found.arrivals)
        self._begin_seconds = extent.begin_utc - min(arrivals)
        self._trace = trace_of_arrivals(report.name, arrivals)

    def outcome(self, name: str, settings: Settings, on_step: Callable[[float], None]) -> Outcome:
        """Of the middle one of some replays, by the share that was on time: in each, the order of long and short
        handlers is another one, and the autoscaler looks at other moments."""
        setup, draws = self._setup(settings), self._draws()
        results = []
        for number in range(draws):
            on_step(number / draws)
            results.append(self._replay(settings, setup, number, number / draws))
        results.sort(key=lambda result: result.everything.compliance)
        between = (results[0].everything.compliance, results[-1].everything.compliance)
        return self._outcome(name, results[len(results) // 2], draws, between)

    def _draws(self) -> int:
        return how_often(sum(self.measured.arrivals.values()), int(self._trace.seconds) * len(self._extent.hosts))

    def _replay(self, settings: Settings, setup: Setup, seed: int, part: float) -> Result:
        daemons = len(self._extent.hosts)
        rules, tick_seconds = law_of(settings)
        scalers = [Ours(rules, tick_seconds=tick_seconds, hosts=daemons) for _ in range(daemons)]
        traffic = draw_traffic(self._trace, setup, seed).later(part * tick_seconds)
        return replay_together(traffic, self._trace, setup, scalers, seed)

    def _setup(self, settings: Settings) -> Setup:
        _refuse_tiers_of_queues(settings)
        times, setup = self.measured.times, configured_setup(settings)
        if len(settings.sources) > 1:
            setup = replace(setup, limits=NO_LIMITS)
        _refuse_several(setup, len(self._extent.hosts))
        return measured_setup(
            setup,
            times["handle"],
            [cells for stage, cells in times.items() if stage != "handle"],
            begin_seconds=self._begin_seconds,
            start_seconds=self.measured.start_seconds,
            start_deviation_seconds=self.measured.start_deviation_seconds,
            failed_share=self.measured.failed_share,
        )

    def _outcome(self, name: str, result: Result, draws: int, between: tuple[float, float]) -> Outcome:
        hours = result.ready_seconds / _HOUR_SECONDS
        worker_hour = self._prices.worker_hour
        workers = self._curve(result, result.timeline.ready, np.mean)
        return Outcome(
            name,
            tuple(map(_tier, result.tiers)),
            hours,
            max(result.timeline.ready),
            result.requests.total,
            result.requests.total * call_price(self._report, self._prices),
            None if worker_hour is None else hours * worker_hour,
            workers,
            self._curve(result, result.timeline.late, np.sum),
            draws,
            between,
        )

    def _curve(self, result: Result, values: Sequence[float], of: Callable[[Sequence[float]], float]) -> Curve:
        """By the report's bins; None where the replay was over."""
        line, found = result.timeline, dict[int, list[float]]()
        for number, value in enumerate(values):
            at = line.begin_utc + number * line.point_seconds
            found.setdefault(int(at // self._extent.bin_seconds), []).append(value)
        bins = (int(begin // self._extent.bin_seconds) for begin in self._extent.bins)
        return tuple(float(of(found[each])) if each in found else None for each in bins)


def _over_all_of(extent: Extent, arrivals: Mapping[int, int]) -> dict[int, int]:
    """With nothing in the log's first and last second where nothing came: workers are there from end to end."""
    return {floor(extent.begin_utc): 0, ceil(extent.end_utc) - 1: 0, **arrivals}


def _tier(tier: TierResult) -> TierSum:
    thresholds = () if tier.threshold_seconds is None else (tier.threshold_seconds,)
    missed = tier.messages - tier.met
    return TierSum(tier.name, thresholds, tier.messages, tier.met, missed, tier.p50, tier.p95, tier.p99, None)


def _refuse_several(setup: Setup, hosts: int) -> None:
    if hosts * setup.max_workers > MOST_WORKERS:
        raise ConfigurationError(
            f"--what-if: the log is of {hosts} hosts, and only {MOST_WORKERS} workers can be simulated: "
            "a lower pool.max_workers, or fewer hosts' logs"
        )
    if hosts > 1 and setup.limits.any:
        raise ConfigurationError(
            "--what-if: the [[queue]] has limits, which each daemon keeps for itself: only one host's log can be "
            "replayed with them"
        )


def _refuse_tiers_of_queues(settings: Settings) -> None:
    if len({source.tier for source in settings.sources}) > 1:
        raise ConfigurationError(
            "--what-if: queues have tiers of their own, and the simulator has one tier for all messages of a moment"
        )


def _refuse_too_much(extent: Extent, messages: int) -> None:
    days = (extent.end_utc - extent.begin_utc) / _DAY_SECONDS
    if days > MOST_DAYS or messages > MOST_MESSAGES:
        raise ConfigurationError(
            f"--what-if: the log is of {days:,.1f} days and {messages:,} messages, and at most {MOST_DAYS} days and "
            f"{MOST_MESSAGES:,} messages can be replayed: --since and --until take a part"
        )
