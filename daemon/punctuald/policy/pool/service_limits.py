"""What a daemon needs of the limits that a service manager sets: time to stop, tasks, descriptors, lines of its log.

Upper bounds, not forecasts: one that is too low stops messages, one that is too high costs nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil

STOP_MARGIN_SECONDS = 10
"""After the last worker was killed: the last lines, the observer's end, a busy host."""

COMPANION_TASKS = 32
"""Threads of supervisor, autoscaler, observer and zygote."""

WORKER_TASKS = 12
"""Threads of a worker that neither handlers nor sources ask for: its loop and the coroutines', their look-ups, what
reads its handlers' output, and what watches its end."""

SLOT_TASKS = 2
"""A handler thread, and a program or thread that it started."""

SOURCE_TASKS = 24
"""Threads of the client library of one queue, topic or stream where it needs some; the stream's needs most, 22."""

WORKER_DESCRIPTORS = 128
HANDLER_DESCRIPTORS = 8
"""Of each message that is handled at the same time: a connection, and some files."""

SOURCE_DESCRIPTORS = 128
"""Connections of a worker to one queue, topic or stream: up to 50 receives at once, and settlements."""

CHANNEL_DESCRIPTORS = 4
"""In the supervisor, for each child."""

RECYCLED_SHARE = 0.8
"""A worker is replaced when it has opened so much of what it may (`policy/pool/recycling.py`)."""

WORKER_LOG_LINES = 30_000
"""In `LOG_SECONDS`, rounded up: 60 of each event that can happen once a message, 1,500 of each that is about lost work
or a message's end (`policy/log_lines/event_rates.py`), and 6,000 of what handlers print."""

LOG_SECONDS = 30


@dataclass(frozen=True, slots=True)
class DaemonSize:
    """What the settings say of it. ``stop_seconds``: the longest that its stop may take, kills included; ``slots`` and
    ``coroutines``: messages that one worker handles at once in threads and as coroutines; ``sources``: queues, each
    region for itself, topics and streams."""

    stop_seconds: float
    max_workers: int
    slots: int
    coroutines: int
    sources: int


@dataclass(frozen=True, slots=True)
class ServiceLimit:
    """The least that a directive of systemd's has to be, and why."""

    directive: str
    least: int
    reason: str


def service_limits(size: DaemonSize) -> tuple[ServiceLimit, ...]:
    """All that depend on the settings."""
    return (_stop(size), _tasks(size), _descriptors(size), _log_lines(size))


def too_low(limits: tuple[ServiceLimit, ...], values: Mapping[str, int]) -> tuple[ServiceLimit, ...]:
    """Those that a unit with these ``values`` does not give."""
    return tuple(limit for limit in limits if values[limit.directive] < limit.least)


def _stop(size: DaemonSize) -> ServiceLimit:
    least = ceil(size.stop_seconds) + STOP_MARGIN_SECONDS
    reason = f"a stop may take {size.stop_seconds:g} s, its kills included, and some seconds around it"
    return ServiceLimit("TimeoutStopSec", least, reason)


def _tasks(size: DaemonSize) -> ServiceLimit:
    """At a reload each worker may have a successor while it still drains."""
    worker = WORKER_TASKS + SLOT_TASKS * size.slots + SOURCE_TASKS * size.sources
    workers = 2 * size.max_workers
    reason = f"{workers} workers, those that drain at a reload included, of up to {worker} threads and programs each"
    return ServiceLimit("TasksMax", COMPANION_TASKS + workers * worker, reason)


def _descriptors(size: DaemonSize) -> ServiceLimit:
    """A limit of each process, not of all together."""
    handlers = size.slots + size.coroutines
    worker = WORKER_DESCRIPTORS + HANDLER_DESCRIPTORS * handlers + SOURCE_DESCRIPTORS * size.sources
    supervisor = WORKER_DESCRIPTORS + CHANNEL_DESCRIPTORS * 2 * size.max_workers
    least = ceil(max(worker, supervisor) / RECYCLED_SHARE)
    if supervisor > worker:
        return ServiceLimit("LimitNOFILE", least, f"the supervisor of {2 * size.max_workers} workers")
    reason = f"a worker with {handlers} messages at once and {size.sources} sources, which goes at 80 % of its limit"
    return ServiceLimit("LimitNOFILE", least, reason)


def _log_lines(size: DaemonSize) -> ServiceLimit:
    least = size.max_workers * WORKER_LOG_LINES
    reason = f"{size.max_workers} workers write up to {WORKER_LOG_LINES:,} lines each in {LOG_SECONDS} s"
    return ServiceLimit("LogRateLimitBurst", least, reason)
