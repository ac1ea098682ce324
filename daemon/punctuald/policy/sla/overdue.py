"""How many messages wait at their source past their deadline, as far as an age and a count tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits at the source of one queue: ``visible`` messages, counted ``counted_seconds`` ago, held against
    ``tier``."""

    tier: str
    threshold_seconds: float
    visible: int
    counted_seconds: float = 0.0


def overdue_at_source(waiting: Sequence[Waiting], head_age_seconds: float | None) -> Mapping[str, int]:
    """By tier. ``head_age_seconds``: of the oldest message of all queues, None where it is not known.

    The messages are taken to be spread evenly over the age that the head had when they were counted: what has become of
    them since, a count does not tell, and while nobody receives, as at a stop, an old one makes the head ever older.
    Which queue has the head is not known: so nothing is overdue before the head would be in whichever of them.
    """
    if head_age_seconds is None:
        return {}
    present = [each for each in waiting if each.visible > 0]
    loosest_seconds = max((each.threshold_seconds for each in present), default=0.0)
    overdue: dict[str, int] = {}
    for each in present:
        age_seconds = head_age_seconds - each.counted_seconds
        if age_seconds > loosest_seconds:
            share = 1 - each.threshold_seconds / age_seconds
            overdue[each.tier] = overdue.get(each.tier, 0) + ceil(each.visible * share)
    return overdue


@dataclass(frozen=True, slots=True)
class Count:
    """So many messages waited at ``at_mono``, when ``received`` had been received in all."""

    at_mono: float
    visible: int
    received: int


@dataclass(frozen=True, slots=True)
class Counts:
    """What was counted at one queue's source, the oldest first. After a receive that brought nothing it begins anew:
    whatever the source counts, nothing is old there then. ``empty``: how many of these there were."""

    counts: tuple[Count, ...] = ()
    empty: int = 0

    def seen(self, count: Count, empty: int) -> Counts:
        """The source has counted again, or has not: then ``count`` is the one before."""
        if empty != self.empty:
            return Counts(empty=empty)
        if self.counts and self.counts[-1].at_mono >= count.at_mono:
            return self
        return Counts((*self.counts, count)[-_MOST_COUNTS:], empty)

    def overdue(self, threshold_seconds: float, received: int) -> tuple[int, float]:
        """How many are late, and for how long the oldest of them has waited at least.

        Of those that waited when the source counted ``threshold_seconds`` before its last count, or earlier, all wait
        still that were not ``received`` since; at most as many as waited at the last count.
        """
        if not self.counts:
            return 0, 0.0
        last = self.counts[-1]
        old = [count for count in self.counts if count.at_mono < last.at_mono - threshold_seconds]
        left = [min(count.visible, last.visible) - (received - count.received) for count in old]
        waiting = [count for count, n in zip(old, left, strict=True) if n > 0]
        return (max(left), last.at_mono - waiting[0].at_mono) if waiting else (0, 0.0)


_MOST_COUNTS = 100
