"""The queues' part of the status document."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from operator import add
from typing import Any

from punctuald.model import Backlog, Metric
from punctuald.process.channel.operator_frames import PoolState
from punctuald.stats.board.row_reader import RowReader
from punctuald.stats.figures.intervals import Interval, QueueFigures


@dataclass(frozen=True, slots=True)
class QueueLimits:
    """What the configuration allows a queue; None = as much as there is room for."""

    concurrency: int | None = None
    rate_per_second: float | None = None
    weight: float = 1


@dataclass(frozen=True, slots=True)
class QueuesNow:
    """What there is to see. ``interval`` took ``seconds``; ``head_age_seconds`` is the oldest waiting message's,
    whichever queue it is in; ``downs`` are the queues whose downstream is away."""

    interval: Interval
    seconds: float
    backlogs: Mapping[str, Backlog | None]
    head_age_seconds: float | None
    pool: PoolState | None
    downs: Collection[str]
    now_mono: float


def queue_fields(
    queues: Sequence[str], limits: Callable[[str], QueueLimits], views: Sequence[RowReader], now: QueuesNow
) -> list[Mapping[str, Any]]:
    """All queues in force, in the configuration's order."""
    totals = _totals(views)
    counted = {each.queue: each for each in now.interval.queues}
    waiting = [queue for queue in queues if (backlog := now.backlogs.get(queue)) is not None and backlog.visible]
    return [
        {
            "queue": queue,
            **_state(queue, now.pool, now.downs),
            **_backlog(now.backlogs.get(queue), now.now_mono),
            "head_age_seconds": _head_age(queue, now.backlogs.get(queue), waiting, now.head_age_seconds),
            **_rates(counted.get(queue), now.seconds),
            **_counts(totals.get(queue)),
            "limits": _limits(limits(queue)),
        }
        for queue in queues
    ]


def oldest_head_seconds(now: QueuesNow) -> float | None:
    """How old the oldest message that waits is, whichever queue it is in, as far as it is known."""
    known = [each.behind_seconds for each in now.backlogs.values() if each and each.behind_seconds is not None]
    if now.head_age_seconds is not None:
        known.append(now.head_age_seconds)
    return round(max(known), 3) if known else None


def _state(queue: str, pool: PoolState | None, downs: Collection[str]) -> Mapping[str, Any]:
    if pool is None:
        return {"state": None, "text": None, "paused": None}
    paused, text, state = (queue,) in pool.paused, dict(pool.unavailable).get(queue), "available"
    if text is not None:
        state = "unavailable"
    elif queue in downs:
        state, text = "down", "what its handlers call is away"
    return {"state": "paused" if paused else state, "text": text, "paused": paused}


def _backlog(backlog: Backlog | None, now_mono: float) -> Mapping[str, Any]:
    if backlog is None:
        return dict.fromkeys(("backlog", "in_flight_at_source", "delayed", "backlog_age_seconds"))
    return {
        "backlog": backlog.visible,
        "in_flight_at_source": backlog.in_flight,
        "delayed": backlog.delayed,
        "backlog_age_seconds": round(max(0.0, now_mono - backlog.read_mono), 3),
    }


def _head_age(
    queue: str, backlog: Backlog | None, waiting: Sequence[str], head_age_seconds: float | None
) -> float | None:
    """A log's is known of each; of queues only that of the oldest message in any, which says it where one has some."""
    if backlog is None:
        return None
    if backlog.behind_seconds is not None:
        return round(backlog.behind_seconds, 3)
    if not backlog.visible:
        return 0.0
    known = head_age_seconds is not None and list(waiting) == [queue]
    return round(head_age_seconds, 3) if known and head_age_seconds is not None else None


def _rates(figures: QueueFigures | None, seconds: float) -> Mapping[str, Any]:
    if seconds <= 0:
        return dict.fromkeys(("arrivals_per_second", "received_per_second", "done_per_second"))
    counts = {} if figures is None else figures.counts
    return {
        "arrivals_per_second": round((0 if figures is None else figures.arrivals) / seconds, 2),
        "received_per_second": round(counts.get(Metric.RECEIVED, 0) / seconds, 2),
        "done_per_second": round(counts.get(Metric.DONE, 0) / seconds, 2),
    }


def _totals(views: Sequence[RowReader]) -> Mapping[str, Sequence[int]]:
    """Counters by `Metric` since the daemon began, over all workers."""
    totals: dict[str, Sequence[int]] = {}
    for view in views:
        counts = view.counts()
        for place, queue in enumerate(view.layout.queues):
            own = counts[view.layout.counters_of(place)]
            totals[queue] = list(map(add, totals[queue], own)) if queue in totals else own
    return totals


def _counts(totals: Sequence[int] | None) -> Mapping[str, int]:
    counted = totals or [0] * len(Metric)
    return {
        "done": counted[Metric.DONE],
        "failed": counted[Metric.FAILED],
        "dead_lettered": counted[Metric.REJECTED],  # poison is counted as rejected, too
        "redelivered": counted[Metric.REDELIVERED],
    }


def _limits(limits: QueueLimits) -> Mapping[str, Any]:
    return {
        "concurrency": limits.concurrency,
        "rate_per_second": limits.rate_per_second,
        "weight": limits.weight,
    }
