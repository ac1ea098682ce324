"""The cheapest plan that knows every arrival and every service time: what a scaler can be measured against.

Work arrives along one curve and is due along another (in the order of sending, so a message is due no later than any
behind it). Between them the taut string is the steadiest way to serve it, and a steady plan is a cheap one: worker
processes cost their start and their drain. The string is rounded to whole workers, which are ordered one start time
early, and the plan is replayed by the same engine as all others: it counts only if 99.9 % of all messages, and of each
tier's, are then on time. Plans with more and more to spare are tried until one keeps that.

It assumes that no plan beats the string by more than rounding, that starts take their mean time, that nothing fails and
that order is kept. So this is a good plan, not a proven minimum; what no plan can undercut is
`Result.pure_work_seconds`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil, floor

import numpy as np

from punctuald.simulate.engine.engine import replay
from punctuald.simulate.engine.result import Result
from punctuald.simulate.engine.setup import Setup
from punctuald.simulate.engine.traffic import Traffic
from punctuald.simulate.scalers.scaler import Planned
from punctuald.simulate.trace.stamps import Seconds, in_seconds
from punctuald.simulate.trace.tier_plan import TierPlan
from punctuald.simulate.trace.trace import Trace

from .taut_string import taut_string

GOAL = 0.999
NAME = "clairvoyant"
LEAST_SLACK_SECONDS = 0.25  # where handlers take about as long as a tier allows


@dataclass(frozen=True, slots=True)
class Margin:
    """What a plan keeps to spare.

    ``tail`` is the quantile of the service times by which a message is started early; ``drift`` the share of the slack
    by which whole workers may fall behind the string before their number is changed.
    """

    tail: float
    drift: float


MARGINS = (Margin(0.99, 0.3), Margin(0.995, 0.3), Margin(0.999, 0.3), Margin(0.9995, 0.15))
"""From the cheapest to the most punctual. On four real traces the first cost 1.01 to 1.03 times the pure work."""


@dataclass(frozen=True, slots=True)
class Clairvoyant:
    """The plan that was found, and its replay; where it misses the goal ``note`` says so, for then every plan would."""

    workers: tuple[int, ...]
    result: Result
    note: str = ""

    def cost_of(self, result: Result) -> float:
        """The worker-seconds of a run of the same messages as a multiple of this plan's."""
        return result.worker_seconds / self.result.worker_seconds


def plan_workers(traffic: Traffic, trace: Trace, setup: Setup, seed: int) -> Clairvoyant:
    """The first of the plans that keeps `GOAL`, or the most punctual one where none does."""
    plan = setup.tier_times.plan(trace.begin_utc(setup.tier_times.midnight_utc()), trace.seconds)
    found: list[Clairvoyant] = []
    for margin in MARGINS:
        workers = tuple(_workers(traffic, trace, setup, plan, margin))
        found.append(Clairvoyant(workers, replay(traffic, trace, setup, Planned(NAME, workers), seed)))
        if _on_time(found[-1].result):
            return found[-1]
    best = max(found, key=lambda candidate: candidate.result.everything.compliance)
    note = f"{trace.name}: no plan within {setup.max_workers} workers kept {GOAL:.1%} of each tier's messages on time"
    return replace(best, note=note)


def _on_time(result: Result) -> bool:
    return all(tier.compliance >= GOAL for tier in (*result.tiers, result.everything))


def _workers(traffic: Traffic, trace: Trace, setup: Setup, plan: TierPlan, margin: Margin) -> list[int]:
    """How many workers to order in each second."""
    sent, service = in_seconds(traffic.sent), in_seconds(traffic.service)
    spare = float(np.quantile(service, margin.tail))
    thresholds = np.asarray(plan.thresholds_seconds)[plan.tier_of(sent)]
    slack = np.maximum(thresholds - spare, LEAST_SLACK_SECONDS)
    due = np.minimum.accumulate((sent + slack * (1 - margin.drift))[::-1])[::-1]
    seconds = np.arange(ceil(trace.seconds + float(slack.max(initial=0.0))) + 2, dtype=float)
    work = np.concatenate(([0.0], np.cumsum(service))) / setup.slots  # in worker-seconds
    arrived = work[np.searchsorted(sent, seconds - setup.service.mean_seconds)]
    lower = np.minimum(work[np.searchsorted(due, seconds)], arrived)
    arrived[-1] = lower[-1] = work[-1]
    string = taut_string(lower.tolist(), arrived.tolist())
    in_force = np.asarray([plan.threshold_at(second) for second in seconds.tolist()])
    drift = margin.drift * np.maximum(in_force - spare, LEAST_SLACK_SECONDS)
    return _ordered(_rounded(string, arrived, drift, setup), ceil(setup.start_seconds))


def _rounded(string: Seconds, arrived: Seconds, drift: Seconds, setup: Setup) -> list[int]:
    """Whole workers that stay behind the string, by ``drift`` seconds at most, and change as seldom as that allows.

    Behind and not ahead, because a worker that is ahead of the arrivals is idle.
    """
    workers: list[int] = []
    now, capacity = setup.min_workers, 0.0
    heights, arrivals = string.tolist(), arrived.tolist()
    for second, allowed in enumerate(drift.tolist()[:-1]):
        rate = heights[second + 1] - heights[second]
        behind = heights[second + 1] - (capacity + now)
        if behind > allowed * rate:
            now = max(ceil(rate), ceil(behind - allowed * rate + now))
        elif behind < 0:
            now = floor(rate)
        now = min(max(now, setup.min_workers), setup.max_workers)
        workers.append(now)
        capacity = min(capacity + now, arrivals[second + 1])  # what has not arrived can't be worked on
    return workers


def _ordered(workers: list[int], start_seconds: int) -> list[int]:
    """Order each number of workers so early that they are ready in time."""
    return [max(workers[second : second + start_seconds + 1]) for second in range(len(workers))]
