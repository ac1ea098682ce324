"""A worker that imports a handler for too long: it shows no sign of life until it is done, and is killed in the end."""

from __future__ import annotations

from dataclasses import dataclass

WORTH_A_LINE_SECONDS = 10.0
"""After its fork. No import should take so long, and a person needs to know which one does before it is killed."""

STACK_SHARE = 0.8
"""Of the time until it is killed, when its stack says in which line it hangs."""


@dataclass(frozen=True, slots=True)
class Import:
    """What a worker began to import last, and when."""

    queue: str
    handler: str
    since_mono: float


def is_worth_a_line(spawned_mono: float, now_mono: float, heartbeat_timeout_seconds: float) -> bool:
    """Whether a worker that still imports has taken remarkably long, and not yet so long that it is killed for it."""
    return now_mono - spawned_mono >= min(WORTH_A_LINE_SECONDS, heartbeat_timeout_seconds / 2)


def stack_after_seconds(heartbeat_timeout_seconds: float) -> float:
    """How long after its fork a worker that still imports shows where it is."""
    return heartbeat_timeout_seconds * STACK_SHARE
