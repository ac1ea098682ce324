"""When a process stood still together with its machine: time that nobody can have used, and that is charged to nobody.

A container that is paused, a machine that is moved, a snapshot: monotonic clocks go on meanwhile, so on waking every
heartbeat looks too old and every handler too slow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from .fleet import PoolSlot

TURNS_ALLOWED = 2
"""A busy machine makes a turn late; one that takes longer than so many of the longest waits was no turn."""

LostSeconds = Callable[[float, float], float]
"""How many of the seconds between two monotonic instants this process stood still."""


@dataclass(frozen=True, slots=True)
class StandStill:
    """From when to when, on the monotonic clock."""

    begun_mono: float
    ended_mono: float

    @property
    def seconds(self) -> float:
        """How long it was."""
        return self.ended_mono - self.begun_mono


def nothing_lost(_since_mono: float, _until_mono: float) -> float:
    """`LostSeconds` of a process that never stood still."""
    return 0.0


def stood_still(
    looked_mono: float, now_mono: float, longest_wait_seconds: float, cpu_seconds: float
) -> StandStill | None:
    """The part of the time since the last look that counts for nothing; None where all of it counts.

    Whoever looks waits ``longest_wait_seconds`` at most between two looks, so that at most twice as much was spent
    awake; or as much as the CPU that its process used meanwhile (``cpu_seconds``), where that kept it from looking.
    """
    awake_until_mono = looked_mono + max(TURNS_ALLOWED * longest_wait_seconds, cpu_seconds)
    return StandStill(awake_until_mono, now_mono) if now_mono > awake_until_mono else None


def lost_seconds(stand_stills: Iterable[StandStill], since_mono: float, until_mono: float) -> float:
    """How many of the seconds from ``since_mono`` to ``until_mono`` were lost. ``stand_stills`` come in their order;
    where two overlap, because two threads found out at the same time, the time counts once."""
    lost, counted_mono = 0.0, since_mono
    for each in stand_stills:
        begun_mono, ended_mono = max(each.begun_mono, counted_mono), min(each.ended_mono, until_mono)
        if ended_mono > begun_mono:
            lost, counted_mono = lost + ended_mono - begun_mono, ended_mono
    return lost


def woken(slot: PoolSlot, still: StandStill) -> PoolSlot:
    """The slot after a stand-still: whatever is due to it is due so much later."""
    return slot if slot.due_mono is None else replace(slot, due_mono=slot.due_mono + still.seconds)


def is_evidence(heartbeat_mono: float, woke_mono: float) -> bool:
    """Whether the silence of a process that we are about to kill says anything of what it is running: not where it has
    not shown itself since the machine woke. What it was at may be waiting for a disk or a network that woke later."""
    return heartbeat_mono > woke_mono
