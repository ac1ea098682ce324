"""An interval as log lines ``stats.interval``: fields of one line each, none longer than the log takes.

What is zero, empty or not known has no field. Any sum over all lines is a sum over all parts: see `in_parts`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from punctuald.clock import iso_utc
from punctuald.model import REQUEST_COUNTERS, Backlog, Metric
from punctuald.stats.board.cells import MICROSECONDS

from .histogram import Histogram
from .intervals import DecisionFigures, Interval, QueueFigures, TierFigures
from .line_parts import in_parts

Fields = dict[str, Any]

DIGITS = 6  # of seconds: durations are measured in microseconds

_POLLING = {Metric.RECEIVE_EMPTY, *REQUEST_COUNTERS}


def interval_lines(interval: Interval, *, begin_utc: float, seconds: float) -> list[Fields]:
    """The fields of each line, in order; always at least one, the daemon's own.

    The interval began at ``begin_utc`` (UTC seconds) and took ``seconds``.
    """
    time: Fields = {"begin": iso_utc(begin_utc), "seconds": round(seconds, 3)}
    lines: list[Fields] = []
    for tier in interval.tiers:
        head = {"scope": "tier", **time, "queue": tier.queue, "tier": tier.tier}
        lines += in_parts(head, _tier(tier))
    for queue in interval.queues:
        if not _is_idle(queue):
            lines += in_parts({"scope": "queue", **time, "queue": queue.queue}, _queue(queue, interval.read_mono))
    return lines + in_parts({"scope": "daemon", **time}, _daemon(interval))


def _tier(tier: TierFigures) -> Fields:
    counted = tier.met + tier.missed
    measured = {stage.name.lower(): histogram for stage, histogram in tier.stages.items() if histogram.cells}
    return {
        "threshold_seconds": tier.threshold_seconds,
        "count": counted,
        "met": tier.met,
        "missed": tier.missed,
        "missed_by": _named(tier.missed_by),
        **_unless_zero(overdue=tier.overdue, worst_overdue_seconds=round(tier.worst_overdue_seconds, 3)),
        "stages": {name: _stage(histogram) for name, histogram in measured.items()},
        "histograms": {name: _pairs(histogram) for name, histogram in measured.items()},
    }


def _stage(histogram: Histogram) -> Fields:
    quantiles = {f"p{percent}_seconds": histogram.quantile_us(percent / 100) for percent in (50, 95, 99)}
    in_us = {"mean_seconds": histogram.mean_us, **quantiles, "max_seconds": histogram.max_us}
    return {name: round(us / MICROSECONDS, DIGITS) for name, us in in_us.items()}


def _pairs(histogram: Histogram) -> list[list[int]]:
    return [[cell, count] for cell, count in enumerate(histogram.cells, histogram.first_cell) if count]


def _queue(queue: QueueFigures, now_mono: float) -> Fields:
    backlog, slowest = queue.backlog, queue.slowest
    return {
        **_unless_zero(arrivals=queue.arrivals, requests=queue.requests),
        "counts": _named(queue.counts),
        "duplicates_by": {cause: count for cause, count in queue.duplicates_by.items() if count},
        "started": _named(queue.started),
        "errors": dict(queue.errors),
        **_unless_zero(other_errors=queue.other_errors),
        **({} if slowest is None else {"slowest_message_id": slowest.message_id, "slowest_seconds": slowest.seconds}),
        **({} if backlog is None else {"backlog": _backlog(backlog, now_mono)}),
    }


def _backlog(backlog: Backlog, now_mono: float) -> Fields:
    return {
        "visible": backlog.visible,
        "in_flight": backlog.in_flight,
        "delayed": backlog.delayed,
        "age_seconds": round(now_mono - backlog.read_mono, 1),
        **({} if backlog.behind_seconds is None else {"behind_seconds": round(backlog.behind_seconds, 3)}),
    }


def _daemon(interval: Interval) -> Fields:
    return {
        "workers_ready": interval.workers_ready,
        "busy_slots": interval.busy_slots,
        **({} if interval.decision is None else _decision(interval.decision)),
        "idle": {queue.queue: _named(queue.counts) for queue in interval.queues if _is_idle(queue)},
    }


def _decision(decision: DecisionFigures) -> Fields:
    head_age_seconds = decision.head_age_seconds
    return {
        "workers": decision.workers,
        "reason": decision.reason,
        "caps": dict(decision.caps),
        **({} if head_age_seconds is None else {"head_age_seconds": round(head_age_seconds, 3)}),
        **_unless_zero(short_seconds=round(decision.short_seconds, 1)),
    }


def _is_idle(queue: QueueFigures) -> bool:
    """Whether it was only asked for messages, and had none: then it has no line of its own."""
    waiting = queue.backlog is not None and queue.backlog.total > 0
    counted = any(count for metric, count in queue.counts.items() if metric not in _POLLING)
    return not (waiting or counted or queue.errors or queue.other_errors or queue.slowest)


def _named(counts: Mapping[Any, int]) -> dict[str, int]:
    """Of an enum's members, those that were counted at all."""
    return {member.name.lower(): count for member, count in counts.items() if count}


def _unless_zero(**fields: float) -> Fields:
    return {name: value for name, value in fields.items() if value}
