"""When to end what a process of ours left behind: programs that handlers started and did not end."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

LOOK_AFTER_SECONDS = 0.2
"""What ends by itself once its parent is gone, as multiprocessing's resource tracker does, is no leftover."""

TERM_SECONDS = 2.0
"""From SIGTERM to SIGKILL."""

LOOK_SECONDS = 0.1
"""Between two looks whether they are gone."""


class Signal(StrEnum):
    """What to send to the whole group."""

    NOTHING = "nothing"
    TERM = "SIGTERM"
    KILL = "SIGKILL"


@dataclass(frozen=True, slots=True)
class Group:
    """The process group that was led by ``pid``, which is reaped. ``due_mono`` is when to look again,
    ``term_until_mono`` until when it may end by itself; both on the monotonic clock, in seconds."""

    pid: int
    due_mono: float
    term_until_mono: float | None = None  # set once it was sent SIGTERM


@dataclass(frozen=True, slots=True)
class Step:
    """``group`` as it is from now on; None: nothing more is done about it."""

    group: Group | None
    signal: Signal


def group_of(pid: int, ended_mono: float) -> Group:
    """Of a process that ended just now, where others are left in its group."""
    return Group(pid, ended_mono + LOOK_AFTER_SECONDS)


def step(group: Group, now_mono: float, *, at_once: bool) -> Step:
    """What to do where somebody is left. ``at_once``: the daemon is to end, and waits for nothing."""
    if at_once:
        return Step(None, Signal.KILL)
    if now_mono < group.due_mono:
        return Step(group, Signal.NOTHING)
    if group.term_until_mono is None:
        return Step(Group(group.pid, now_mono + LOOK_SECONDS, now_mono + TERM_SECONDS), Signal.TERM)
    if now_mono < group.term_until_mono:
        return Step(replace(group, due_mono=now_mono + LOOK_SECONDS), Signal.NOTHING)
    return Step(None, Signal.KILL)
