"""The log of a day on which much happened: for pages that are looked at, and tests of what they show."""

from __future__ import annotations

from collections.abc import Iterator
from math import sin, tau
from typing import Any

from punctuald.clock import iso_utc

from .made_log import HOUR, NOON, daemon, line, queue, tier

Fields = dict[str, Any]
SECONDS = 60.0
BEGIN = NOON - 12 * HOUR
OUTAGE = (BEGIN + 9 * HOUR, BEGIN + 9.5 * HOUR)
STOPPED = (BEGIN + 15 * HOUR, BEGIN + 15.5 * HOUR)
RUSH = (BEGIN + 18 * HOUR, BEGIN + 19 * HOUR)
CELL = 1100


def eventful_day() -> Iterator[bytes]:
    """Two tiers and queues, a downstream that is away in the morning, a reload with a gap, a rush in the evening."""
    yield line("daemon.started", BEGIN, min_workers=1, max_workers=8)
    for minute in range(24 * 60):
        at = BEGIN + minute * SECONDS
        if not STOPPED[0] <= at < STOPPED[1]:
            yield from _minute(at, minute)
    yield from _happenings()
    yield b"Fatal Python error: Segmentation fault"
    yield tier()[:200]


def _minute(at: float, minute: int) -> Iterator[bytes]:
    load = 40 + 30 * sin(tau * minute / 1440 - 2) + (60 if RUSH[0] <= at < RUSH[1] else 0)
    messages, workers = int(load * SECONDS), max(1, round(load / 16))
    late = _late(at, messages)
    slow = 128 if late else 0
    spread = {CELL + slow + offset * 8: messages // (offset + 2) for offset in range(8)}
    name = "peak" if 8 * HOUR <= at - BEGIN < 20 * HOUR else "off_hours"
    means = {"queue": 0.05 + 0.2 * bool(late), "ready": 0.01, "handle": 0.12, "settle": 0.015}
    stages = {stage: {"mean_seconds": mean} for stage, mean in means.items()}
    met = messages - sum(late.values())
    yield tier(at, name=name, met=met, late=late, end_to_end=spread, stages=stages, seconds=SECONDS)
    yield queue(
        at, seconds=SECONDS, arrivals=messages, backlog={"visible": 2000 if late else 15 + minute % 20},
        counts={"received": messages, "done": messages, "failed": 3, "request_receive": messages // 8,
                "request_acknowledge": messages // 9},
        errors={"TimeoutError shop.py:41": 3}, duplicates_by={"copy_in_flight": 1} if late else {},
        slowest_message_id=f"m{minute}", slowest_seconds=0.5 + 0.1 * (minute % 7),
    )  # fmt: skip
    yield daemon(at, seconds=SECONDS, workers=workers, idle={"mail.fifo": {"request_receive": 3, "receive_empty": 3}})
    if minute % 30 == 0:
        reason = "backlog" if late else "arrivals"
        yield line("scale.decision", at, process="autoscaler", workers=workers, reason=reason, rate_per_second=load)


def _late(at: float, messages: int) -> dict[str, int]:
    if OUTAGE[0] <= at < OUTAGE[1]:
        return {"downstream": messages // 3}
    if RUSH[0] <= at < RUSH[1]:
        return {"scale_up_lag": messages // 12, "queue": messages // 25, "handle": 2}
    return {}


def _happenings() -> Iterator[bytes]:
    for (begin, end), cause in ((OUTAGE, "downstream"), (RUSH, "scale_up_lag")):
        since: Fields = {"tier": "peak", "since": iso_utc(begin), "threshold_seconds": 3.0, "objective": 0.99}
        said = {"cause": cause, "doing": "scaling", "worst_seconds": 12.5}
        yield line("sla.violated", begin + 30, level="warning", process="observer", **since, **said, late=40)
        yield line("sla.restored", end + 60, process="observer", **since, late=900, worst_seconds=31.0)
        for number in range(4):
            yield line(
                "message.breached", begin + 60 + number, level="warning", process="worker", queue="orders",
                message_id=f"0000-{number}", tier="peak", cause=cause, receive_count=1, queue_seconds=4.0 + number,
                handle_seconds=0.1,
            )  # fmt: skip
    death: Fields = {"role": "worker", "worker": 2, "pid": 4711, "status": -11, "asked": False, "lived_seconds": 4000.0}
    yield line("process.exited", BEGIN + 11 * HOUR, level="error", **death)
    yield line("daemon.stopped", STOPPED[0], status=0)
    yield line("daemon.started", STOPPED[1], min_workers=1, max_workers=8)
    yield line("reload.completed", BEGIN + 17 * HOUR, workers=3, generation=2)
