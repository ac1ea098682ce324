"""Replays what the log tells of through the simulator: as it was configured, and with each change."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence

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
from punctuald.simulate.engine.engine import replay_together
from punctuald.simulate.engine.result import Result, TierResult
from punctuald.simulate.engine.setup import Setup
from punctuald.simulate.engine.traffic import draw_traffic
from punctuald.simulate.scalers.ours import Ours
from punctuald.simulate.trace.trace import trace_of_arrivals
from punctuald.simulate.world.configured import configured_setup, law_of
from punctuald.simulate.world.measured import measured_setup

from .changes import Question

REPLAYED = "replayed as it was"
_HOUR_SECONDS = 3600.0
_MOST_DRAWS = 15
_ENOUGH_MESSAGES = 500_000


def what_if(
    log: Database, report: Report, question: Question, prices: Prices, on_step: Callable[[str, float], None]
) -> WhatIf:
    """The answer. Raises `ConfigurationError` where the log or the configuration can't be replayed."""
    as_it_is, alternatives = question.settings(os.environ)
    if report.extent is None:
        raise ConfigurationError("--what-if: the log has no intervals, so there is nothing to replay")
    replays = _Replays(report, report.extent, measured(log, report.extent), prices)
    outcomes = []
    worlds = dict(zip((REPLAYED, *question.changes), (as_it_is, *alternatives), strict=True))
    for number, (name, settings) in enumerate(worlds.items()):
        on_step(f"replaying {name}", 100 * number / len(worlds))
        outcomes.append(replays.outcome(name, settings))
    sentences = tuple(_sentences(report, replays.measured, as_it_is))
    return WhatIf(happened(report), outcomes[0], tuple(outcomes[1:]), sentences, prices.currency)


class _Replays:
    def __init__(self, report: Report, extent: Extent, found: Measured, prices: Prices) -> None:
        if not found.arrivals or not any(sum(span.values()) for span in found.times["handle"]):
            raise ConfigurationError(
                "--what-if: the log has no `stats.arrivals` or no times of handlers, so there is nothing to replay; "
                "both are logged in JSON, at level info or below"
            )
        self.measured = found
        self._report, self._extent, self._prices = report, extent, prices
        self._trace = trace_of_arrivals(report.name, found.arrivals)

    def outcome(self, name: str, settings: Settings) -> Outcome:
        """Of the middle one of some replays, by the share that was on time: in each, the order of long and short
        handlers is another one, and the autoscaler looks at other moments."""
        setup, draws = self._setup(settings), self._draws()
        results = [self._replay(settings, setup, number, number / draws) for number in range(draws)]
        results.sort(key=lambda result: result.everything.compliance)
        between = (results[0].everything.compliance, results[-1].everything.compliance)
        return self._outcome(name, results[len(results) // 2], draws, between)

    def _draws(self) -> int:
        """Odd; one is enough where there are so many messages that chance evens out."""
        return 2 * min(_MOST_DRAWS // 2, _ENOUGH_MESSAGES // sum(self.measured.arrivals.values())) + 1

    def _replay(self, settings: Settings, setup: Setup, seed: int, part: float) -> Result:
        daemons = len(self._extent.hosts)
        rules, tick_seconds = law_of(settings)
        scalers = [Ours(rules, tick_seconds=tick_seconds, hosts=daemons) for _ in range(daemons)]
        traffic = draw_traffic(self._trace, setup, seed).later(part * tick_seconds)
        return replay_together(traffic, self._trace, setup, scalers, seed)

    def _setup(self, settings: Settings) -> Setup:
        times = self.measured.times
        setup = measured_setup(
            configured_setup(settings),
            times["handle"],
            [cells for stage, cells in times.items() if stage != "handle"],
            begin_seconds=self.measured.begin_utc - min(self.measured.arrivals),
            start_seconds=self.measured.start_seconds,
            start_deviation_seconds=self.measured.start_deviation_seconds,
            failed_share=self.measured.failed_share,
        )
        _refuse(settings, len(self._extent.hosts))
        return setup

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


def _tier(tier: TierResult) -> TierSum:
    thresholds = () if tier.threshold_seconds is None else (tier.threshold_seconds,)
    missed = tier.messages - tier.met
    return TierSum(tier.name, thresholds, tier.messages, tier.met, missed, tier.p50, tier.p95, tier.p99, None)


def _refuse(settings: Settings, hosts: int) -> None:
    if len({source.tier for source in settings.sources}) > 1:
        raise ConfigurationError(
            "--what-if: queues have tiers of their own, and the simulator has one tier for all messages of a moment"
        )
    if hosts > 1 and settings.queues[0].limits.any:
        raise ConfigurationError(
            "--what-if: the first [[queue]] has limits, which each daemon keeps for itself: only one host's log can be "
            "replayed with them"
        )


def _sentences(report: Report, found: Measured, settings: Settings) -> Iterator[str]:
    sent = sum(found.arrivals.values())
    if found.received > sent:
        yield (
            f"Of {found.received:,} messages {found.received - sent:,} are in no replay: they had waited for longer "
            "than arrivals are counted, or their count was lost with an autoscaler."
        )
    limits = {tier.name: tier.threshold_seconds for tier in settings.sla.tiers}
    for tier in report.tiers:
        if tier.messages and (tier.tier not in limits or set(tier.thresholds_seconds) - {limits[tier.tier]}):
            yield f"The configuration's tier {tier.tier} is not the one in the log: is it the file that was in force?"
    if len(settings.sources) > 1:
        yield "All queues are replayed as one, in the order of sending."
