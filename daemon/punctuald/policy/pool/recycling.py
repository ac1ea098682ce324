"""Whether a worker is to be replaced: by its number of messages, its age, its memory or its open descriptors."""

from __future__ import annotations

from dataclasses import dataclass

DESCRIPTOR_SHARE = 0.8  # of its own limit: what is left is for the messages that it finishes


@dataclass(frozen=True, slots=True)
class RecyclingRules:
    """The most that a worker may reach; 0 = no such limit.

    ``growth_bytes`` over its baseline, ``memory_bytes`` in all; ``descriptors``: open ones, `DESCRIPTOR_SHARE` of what
    its own RLIMIT_NOFILE allows (getrlimit(2)).
    ``jitter_share`` (0 to 1) is how far below its limits a worker may be replaced: workers are forked together and
    would otherwise all go together.
    """

    after_messages: int = 0
    after_seconds: float = 0
    growth_bytes: int = 0
    memory_bytes: int = 0
    descriptors: int = 0
    jitter_share: float = 0.1


@dataclass(frozen=True, slots=True)
class WorkerAge:
    """What one worker has done, and how it has grown.

    ``baseline_…`` is what it had when it was ready, its handlers imported and its queues' first receive answered; None
    until then. Growth is measured against that, because what handlers import differs by more than a leak gains in a
    day. A worker that was over a limit from the beginning is kept, for the next one would be over it as well.
    """

    messages: int
    seconds: float
    memory_bytes: int | None = None
    baseline_bytes: int | None = None
    descriptors: int = 0
    baseline_descriptors: int | None = None


def recycle_reason(age: WorkerAge, rules: RecyclingRules, jitter: float) -> str | None:
    """Why to replace this worker now ("messages", "age", "memory", "descriptors"), or None to keep it.

    ``jitter`` (0 to 1) is drawn once per worker by the caller; were it drawn anew each time, the draw that shortens the
    most would decide. It only ever shortens a worker's life, so no limit that a person set is exceeded.
    """
    share = 1 - rules.jitter_share * jitter
    if _reached(age.messages, rules.after_messages, share):
        return "messages"
    if _reached(age.seconds, rules.after_seconds, share):
        return "age"
    if _reached(_growth_bytes(age), rules.growth_bytes, share):
        return "memory"
    if _came_to(age.memory_bytes, age.baseline_bytes, rules.memory_bytes * share):
        return "memory"
    if _came_to(age.descriptors, age.baseline_descriptors, rules.descriptors):
        return "descriptors"
    return None


def _reached(value: float, limit: float, share: float) -> bool:
    return limit > 0 and value >= limit * share


def _came_to(now: int | None, baseline: int | None, limit: float) -> bool:
    """Whether the limit is reached now and was not at the beginning."""
    return now is not None and baseline is not None and baseline < limit <= now


def _growth_bytes(age: WorkerAge) -> int:
    if age.memory_bytes is None or age.baseline_bytes is None:
        return 0
    return age.memory_bytes - age.baseline_bytes
