"""What came of a replay, in the same terms for the real daemon and its simulator."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import ceil

import numpy as np

from benchmarks.rig import Event
from punctuald.policy.delivery.tiers import Calendar
from punctuald.simulate.engine.result import QUANTILES, Result

Change = tuple[float, int, str]


@dataclass(frozen=True, slots=True)
class Handled:
    """One message's first handling, by the handler's own account; ``sent_utc`` is the queue's SentTimestamp."""

    sent_utc: float
    started_utc: float
    finished_utc: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """Latency is from sending to the end of the handler; worker-seconds count from fork to exit.

    - ``met``: share of messages on time by tier; tiers without messages are left out.
    - ``starts``: processes forked after the begin.
    - ``workers``: how many there were at each second; ``changes``: (second, wanted workers, reason).
    """

    messages: int
    compliance: float
    met: Mapping[str, float]
    p50: float
    p95: float
    p99: float
    worker_seconds: float
    starts: int
    scale_events: int
    workers: Sequence[int] = field(repr=False)
    changes: Sequence[Change] = field(repr=False)

    @property
    def peak_workers(self) -> int:
        """The most that there were at a full second."""
        return max(self.workers)


@dataclass(frozen=True, slots=True)
class Life:
    """A worker's time, from fork to exit."""

    begin: float
    end: float

    @property
    def seconds(self) -> float:
        """How long it was."""
        return self.end - self.begin

    def within(self, begin: float, end: float) -> float:
        """How much of it lies between."""
        return max(0.0, min(self.end, end) - max(self.begin, begin))


def of_simulation(result: Result, changes: Sequence[Change], min_workers: int) -> Outcome:
    """The simulator's side; the workers that it begins with are no starts, as the daemon's were ready before."""
    everything = result.everything
    p50, p95, p99 = (float(value or 0.0) for value in (everything.p50, everything.p95, everything.p99))
    return Outcome(
        messages=result.messages,
        compliance=everything.compliance,
        met={tier.name: tier.compliance for tier in result.tiers if tier.messages},
        p50=p50,
        p95=p95,
        p99=p99,
        worker_seconds=result.worker_seconds,
        starts=result.starts - min_workers,
        scale_events=result.scale_events,
        workers=tuple(round(workers) for workers in result.timeline.workers),
        changes=changes,
    )


def of_daemon(handled: Sequence[Handled], events: Iterable[Event], calendar: Calendar, begin_utc: float) -> Outcome:
    """The daemon's side, from the handler's ledger and the log, up to the full second after the last message's end."""
    events = list(events)
    end_utc = begin_utc + ceil(max(message.finished_utc for message in handled) - begin_utc)
    workers = lives(events, end_utc)
    changes = _changes(events, begin_utc, end_utc)
    latency = np.asarray([message.finished_utc - message.sent_utc for message in handled])
    tiers = np.asarray([calendar.tier_at(message.sent_utc) for message in handled])
    on_time = latency <= np.asarray([tier.threshold_seconds for tier in calendar.tiers])[tiers]
    p50, p95, p99 = np.quantile(latency, QUANTILES).tolist()
    return Outcome(
        messages=len(handled),
        compliance=float(on_time.mean()),
        met={
            tier.name: float(on_time[tiers == index].mean())
            for index, tier in enumerate(calendar.tiers)
            if (tiers == index).any()
        },
        p50=p50,
        p95=p95,
        p99=p99,
        worker_seconds=sum(life.within(begin_utc, end_utc) for life in workers),
        starts=sum(begin_utc <= life.begin < end_utc for life in workers),
        scale_events=len(changes),
        workers=tuple(
            sum(life.begin <= second < life.end for life in workers)
            for second in range(int(begin_utc) + 1, int(end_utc) + 1)
        ),
        changes=changes,
    )


def lives(events: Sequence[Event], end_utc: float) -> list[Life]:
    """From fork to exit; who is alive yet, up to ``end_utc``."""
    exited = {event["pid"]: _utc(event) for event in events if event["event"] == "process.exited"}
    spawned = (event for event in events if event["event"] == "process.spawned" and event["role"] == "worker")
    return [Life(_utc(event), exited.get(event["pid"], end_utc + 1)) for event in spawned]


def _changes(events: Sequence[Event], begin_utc: float, end_utc: float) -> list[Change]:
    """The decisions that changed the number: the log has those as well that changed only the reason."""
    changes: list[Change] = []
    before: int | None = None
    for event in events:
        if event["event"] == "scale.decision":
            if event["workers"] != before and before is not None and begin_utc <= _utc(event) <= end_utc:
                changes.append((round(_utc(event) - begin_utc, 3), event["workers"], event["reason"]))
            before = event["workers"]
    return changes


def _utc(event: Event) -> float:
    return datetime.fromisoformat(event["timestamp"]).timestamp()
