"""What a person asks of the pool, and how much of it counts."""

from __future__ import annotations

from dataclasses import dataclass

REPEATED_STOP_SECONDS = 1.0
"""A stop's signal that comes sooner after the first one is the same stop. Init systems and wrappers often pass on what
the whole group got anyway, and no person asks twice within a second."""


@dataclass(frozen=True, slots=True)
class Scaled:
    """``workers`` is how many there are to be until a person asks for others; None = as the autoscaler says. ``limit``
    names the setting that allowed no more, or no less, if one did."""

    workers: int | None
    limit: str | None = None


def scaled(asked: int | None, *, min_workers: int, max_workers: int) -> Scaled:
    """What a person who asks for that number gets.

    It is cut to the bounds at once, and never kept where they would hide it: else a later reload that widens them would
    bring workers that nobody asked for any more.
    """
    if asked is None:
        return Scaled(None)
    if asked > max_workers:
        return Scaled(max_workers, "max_workers")
    if asked < min_workers:
        return Scaled(min_workers, "min_workers")
    return Scaled(asked)


def stop_counts(first_mono: float | None, now_mono: float) -> bool:
    """Whether a signal to stop says more than the one at ``first_mono`` (None: it is the first) did."""
    return first_mono is None or now_mono - first_mono >= REPEATED_STOP_SECONDS
