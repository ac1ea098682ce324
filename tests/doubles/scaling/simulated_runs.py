"""Results as the simulator makes them, without simulating: what a test does not name is an unremarkable hour."""

from __future__ import annotations

from dataclasses import replace

from punctuald.simulate.compare.clairvoyant import Clairvoyant
from punctuald.simulate.engine.requests import Requests
from punctuald.simulate.engine.result import ALL, Result, TierResult
from punctuald.simulate.engine.timeline import Timeline

TIMELINE = Timeline(
    begin_utc=1_700_000_000.0,
    point_seconds=60.0,
    arrivals_per_second=(1.0, 2.0),
    backlog_max=(0, 3),
    workers=(1.0, 2.0),
    ready=(1.0, 2.0),
    late=(0, 1),
    latency_p50=(0.2, None),
    latency_p99=(0.9, None),
    threshold_seconds=(3.0, 10.0),
)


def tier_result(name: str, threshold_seconds: float | None, *, messages: int, met: int) -> TierResult:
    """One tier; where it has no message, it has no latencies."""
    p50, p95, p99 = (0.15, 0.6, 3.2) if messages else (None, None, None)
    return TierResult(name, threshold_seconds, messages, met, p50, p95, p99)


def result(*tiers: TierResult, scaler: str = "ours", worker_seconds: float = 7_200.0) -> Result:
    """An hour in which those ``tiers`` were sent in."""
    messages, met = sum(tier.messages for tier in tiers), sum(tier.met for tier in tiers)
    return Result(
        scaler=scaler,
        trace="a day",
        seed=7,
        seconds=3600.0,
        messages=messages,
        redelivered=0,
        everything=tier_result(ALL, None, messages=messages, met=met),
        tiers=tiers,
        worker_seconds=worker_seconds,
        ready_seconds=worker_seconds,
        pure_work_seconds=5_760.0,
        starts=12,
        scale_events=34,
        requests=Requests(receives=500_000, empty_receives=25_000, deletes=99_000, depth_reads=1_000),
        timeline=TIMELINE,
    )


def clairvoyant(of: Result, *, worker_seconds: float, note: str = "") -> Clairvoyant:
    """The plan for the same messages."""
    replayed = replace(of, scaler="clairvoyant", worker_seconds=worker_seconds)
    return Clairvoyant(workers=(1, 2), result=replayed, note=note)
