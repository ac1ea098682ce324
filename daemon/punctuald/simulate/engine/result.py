"""What a run came to: the messages on time, and what that cost."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from punctuald.policy.delivery.tiers import compliance
from punctuald.simulate.trace.stamps import HOUR_SECONDS, PLACE_BITS, Seconds, Stamps, in_seconds
from punctuald.simulate.trace.tier_plan import TierPlan
from punctuald.simulate.trace.trace import Trace

from .fleet import HostsResult
from .recorder import Recorder
from .requests import Requests, estimate_requests
from .setup import Setup
from .timeline import Timeline, draw_timeline

QUANTILES = (0.50, 0.95, 0.99)
ALL = "all"


@dataclass(frozen=True, slots=True)
class DaemonResult:
    """One of the daemons on the queue: the most workers that it ordered, what they cost, and how many it started."""

    most_ordered: int
    worker_seconds: float
    starts: int


@dataclass(frozen=True, slots=True)
class Run:
    """A run as it ended, message by message and step by step."""

    scaler: str
    seed: int
    plan: TierPlan
    begin_utc: int
    seconds: float
    sent: Stamps
    service: Stamps
    outside: Stamps | None
    ended: Stamps
    redelivered: int
    scale_events: int
    daemons: tuple[DaemonResult, ...]
    recorder: Recorder
    hosts: HostsResult | None = None


@dataclass(frozen=True, slots=True)
class TierResult:
    """One tier's messages. Latency, in seconds, is from sending to the end of handling, and `Setup.outside`; None
    without messages."""

    name: str
    threshold_seconds: float | None
    messages: int
    met: int
    p50: float | None
    p95: float | None
    p99: float | None

    @property
    def compliance(self) -> float:
        """The share that was on time; 1 where there were none."""
        return compliance(self.met, self.messages - self.met)


@dataclass(frozen=True, slots=True)
class Result:
    """One run.

    - ``everything`` has all tiers' messages, ``tiers`` each by its time of sending.
    - ``worker_seconds`` from fork to exit, starts and drains included; ``pure_work_seconds`` is what the messages need
      of workers whose slots are never idle: no plan can do with less.
    - ``worker_seconds_trace`` etc. run until the last message is done.
    - ``ready_seconds`` are those of the worker-seconds in which workers took messages.
    - ``daemons`` has each daemon's part of that; most runs have one.
    - ``hosts``: of an Auto Scaling group, where there is one.
    """

    scaler: str
    trace: str
    seed: int
    seconds: float
    messages: int
    redelivered: int
    everything: TierResult
    tiers: tuple[TierResult, ...]
    worker_seconds: float
    ready_seconds: float
    pure_work_seconds: float
    starts: int
    scale_events: int
    requests: Requests
    timeline: Timeline = field(repr=False)
    daemons: tuple[DaemonResult, ...] = ()
    hosts: HostsResult | None = None

    @property
    def starts_per_hour(self) -> float:
        """Processes forked."""
        return self.starts * HOUR_SECONDS / self.seconds

    @property
    def of_pure_work(self) -> float:
        """Worker-seconds as a multiple of the pure work."""
        return self.worker_seconds / self.pure_work_seconds if self.pure_work_seconds else 1.0


def summarise(run: Run, trace: Trace, setup: Setup) -> Result:
    """The figures of ``run``."""
    sent_seconds = in_seconds(run.sent)
    latency = in_seconds(((run.ended >> PLACE_BITS) << PLACE_BITS) - run.sent)
    if run.outside is not None:
        latency += in_seconds(run.outside)
    tiers = run.plan.tier_of(sent_seconds)
    on_time = latency <= np.asarray(run.plan.thresholds_seconds)[tiers]
    results = []
    for number, name in enumerate(run.plan.names):
        of_tier = tiers == number
        results.append(_tier(name, run.plan.thresholds_seconds[number], latency[of_tier], on_time[of_tier]))
    return Result(
        scaler=run.scaler,
        trace=trace.name,
        seed=run.seed,
        seconds=run.seconds,
        messages=len(run.sent),
        redelivered=run.redelivered,
        everything=_tier(ALL, None, latency, on_time),
        tiers=tuple(results),
        worker_seconds=sum(daemon.worker_seconds for daemon in run.daemons),
        ready_seconds=sum(run.recorder.ready) * setup.step_seconds,
        pure_work_seconds=float((run.service >> PLACE_BITS).sum()) / 1e6 / setup.slots,
        starts=sum(daemon.starts for daemon in run.daemons),
        scale_events=run.scale_events,
        requests=estimate_requests(run.recorder, in_seconds(run.ended), run.redelivered, run.seconds, setup),
        timeline=draw_timeline(
            run.recorder, run.plan, run.begin_utc, sent_seconds, latency, on_time, setup.step_seconds
        ),
        daemons=run.daemons,
        hosts=run.hosts,
    )


def _tier(name: str, threshold_seconds: float | None, latency: Seconds, on_time: np.ndarray) -> TierResult:
    p50, p95, p99 = np.quantile(latency, QUANTILES).tolist() if len(latency) else (None, None, None)
    return TierResult(name, threshold_seconds, len(latency), int(on_time.sum()), p50, p95, p99)
