"""What bounds the number of workers when the load would ask for more: the machine, what is downstream, the groups.

Each guard is a limit with its own reason. None of them adds a worker.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from math import ceil, floor

from .error_guard import ErrorGuardState, watch_errors
from .observation import Observation

CPU_SECONDS = 15.0  # of a busy processor before it counts: a start alone takes one for a moment
INFLATION = 1.3  # service time against its base: from here on more processes only share the same CPU
BASE_SECONDS = 600.0  # in which the base follows a service time that is longer for another reason


class Guard(StrEnum):
    """Which limit it is."""

    CPU = "cpu"  # more processes would only share the same processors
    ERRORS = "errors"  # too many handlers fail just now: whatever they need is overloaded or gone
    DOWNSTREAM = "downstream"  # they failed a moment ago, and workers come back slowly; or every queue is down
    GROUPS = "groups"  # one message of a group at a time: more workers than groups stand idle
    PARTITIONS = "partitions"  # each is one worker's: more workers than partitions stand idle
    MEMORY = "memory"  # more than fits
    PROCESSES = (
        "processes"  # the last one could not be forked (pids, descriptors, memory), or another one would not fit
    )


@dataclass(frozen=True, slots=True)
class Limits:
    """What the owner allows; shares are 0 to 1, above which nothing is added."""

    cpu_share: float
    error_share: float
    memory_reserve_bytes: int
    min_workers: int


@dataclass(frozen=True, slots=True)
class GuardState:
    """What to hand in the next time. Begins with nothing known."""

    cpu_busy_since_mono: float | None = None
    base_service_seconds: float | None = None
    looked_mono: float | None = None
    errors: ErrorGuardState = field(default_factory=ErrorGuardState)


@dataclass(frozen=True, slots=True)
class Cap:
    """No more than ``workers``, and why."""

    workers: int
    guard: Guard


def guards(observation: Observation, before: GuardState, limits: Limits) -> tuple[tuple[Cap, ...], GuardState]:
    """The caps that hold now, the ones that the machine sets last, and the state to hand in the next time."""
    state = _watched(observation, before, limits)
    found = (
        _cpu(observation, state),
        _downstream(observation, state.errors),
        _groups(observation),
        _partitions(observation),
        _memory(observation, limits),
        _processes(observation),
    )
    return tuple(limit for limit in found if limit is not None), state


def _watched(observation: Observation, before: GuardState, limits: Limits) -> GuardState:
    busy = observation.cpu_share is not None and observation.cpu_share > limits.cpu_share
    since = observation.now_mono if before.cpu_busy_since_mono is None else before.cpu_busy_since_mono
    return GuardState(
        cpu_busy_since_mono=since if busy else None,
        base_service_seconds=_base_service(observation, before),
        looked_mono=observation.now_mono,
        errors=watch_errors(observation, before.errors, limits.error_share, limits.min_workers),
    )


def _base_service(observation: Observation, before: GuardState) -> float | None:
    """The service time of an unloaded machine: the shortest mean seen, forgotten slowly."""
    now, base = observation.mean_service_seconds, before.base_service_seconds
    if now is None or base is None or now < base or before.looked_mono is None:
        return base if now is None else now
    share = min(1.0, (observation.now_mono - before.looked_mono) / BASE_SECONDS)
    return base + share * (now - base)


def _cpu(observation: Observation, state: GuardState) -> Cap | None:
    since, base, service = state.cpu_busy_since_mono, state.base_service_seconds, observation.mean_service_seconds
    if since is None or observation.now_mono - since < CPU_SECONDS:
        return None
    if base is not None and service is not None and service <= INFLATION * base:
        return None  # busy, and still as fast as ever
    return Cap(observation.workers_ordered, Guard.CPU)


def _downstream(observation: Observation, errors: ErrorGuardState) -> Cap | None:
    if observation.all_down:
        return Cap(min(observation.workers_ordered, errors.cap or observation.workers_ordered), Guard.DOWNSTREAM)
    return None if errors.cap is None else Cap(errors.cap, Guard.ERRORS if errors.failing else Guard.DOWNSTREAM)


def _groups(observation: Observation) -> Cap | None:
    """One more than the groups seen can use, so that groups not seen yet get their chance."""
    if observation.groups_seen is None:
        return None
    return Cap(ceil(observation.groups_seen / observation.slots_per_worker) + 1, Guard.GROUPS)


def _partitions(observation: Observation) -> Cap | None:
    return None if observation.partitions is None else Cap(max(1, observation.partitions), Guard.PARTITIONS)


def _memory(observation: Observation, limits: Limits) -> Cap | None:
    """Workers that fit. Fewer than there are when the reserve is touched: letting one drain beats the OOM killer."""
    if observation.memory_available_bytes is None or not observation.worker_bytes:
        return None
    # What is available was measured without those that are still starting, so it is added to the ready ones only.
    spare_bytes = observation.memory_available_bytes - limits.memory_reserve_bytes
    ready = min(observation.workers_ready, observation.workers_ordered)
    return Cap(ready + floor(spare_bytes / observation.worker_bytes), Guard.MEMORY)


def _processes(observation: Observation) -> Cap | None:
    ceilings = [each for each in (observation.process_ceiling, _fitting(observation)) if each is not None]
    return Cap(min(ceilings), Guard.PROCESSES) if ceilings else None


def _fitting(observation: Observation) -> int | None:
    """Workers whose threads have room. One that is forked and can start no thread is worse than one that can't be
    forked: it has received messages. Room for one more is left free, for a successor and for what handlers start; none
    is let go for that, as the limit is shared with others than us."""
    if observation.tasks_available is None or not observation.worker_tasks:
        return None
    ready = min(observation.workers_ready, observation.workers_ordered)
    return ready + max(0, observation.tasks_available // observation.worker_tasks - 1)
