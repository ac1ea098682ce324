"""What a person asks of the pool by signals, and how much of it counts."""

from __future__ import annotations

from dataclasses import dataclass

REPEATED_STOP_SECONDS = 1.0
"""A stop's signal that comes sooner after the first one is the same stop. Init systems and wrappers often pass on what
the whole group got anyway, and no person asks twice within a second."""


@dataclass(frozen=True, slots=True)
class Shift:
    """``offset`` is added to the autoscaler's target. ``limit`` names the setting that allowed no more, if one did."""

    offset: int
    limit: str | None = None


def shifted(target: int, offset: int, by: int, *, min_workers: int, max_workers: int) -> Shift:
    """The pool shifted ``by`` so many workers from the number that is wanted now.

    It is counted from there, and never to where the bounds would hide it: else a shift the other way would first have
    to undo, unseen, all that went too far.
    """
    wanted = max(min_workers, min(max_workers, target + offset)) + by
    if wanted > max_workers:
        return Shift(max_workers - target, "max_workers")
    if wanted < min_workers:
        return Shift(min_workers - target, "min_workers")
    return Shift(wanted - target)


def stop_counts(first_mono: float | None, now_mono: float) -> bool:
    """Whether a signal to stop says more than the one at ``first_mono`` (None: it is the first) did."""
    return first_mono is None or now_mono - first_mono >= REPEATED_STOP_SECONDS
