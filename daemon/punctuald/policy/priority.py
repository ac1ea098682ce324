"""How urgent a waiting message is, by the share of its threshold that is used up.

Within a class the earliest deadline goes first. Classes on top of deadlines matter because thresholds differ: a message
of a 60-second tier with one second left must not overtake one of a 3-second tier that is late already.
"""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

MEDIUM_ABOVE_SHARE = 0.8
HIGH_ABOVE_SHARE = 1.0


class Priority(IntEnum):
    """The smaller number goes first, so that the members sort as heap keys."""

    HIGH = 0
    MEDIUM = 1
    LOW = 2


class Promotions(NamedTuple):
    """When a waiting message leaves LOW and when it leaves MEDIUM (monotonic seconds)."""

    medium_mono: float
    high_mono: float


def classify(used_share: float) -> Priority:
    """The class of a message that used up ``used_share`` of its threshold (1 = all of it); 0.8 and 1 belong below."""
    if used_share > HIGH_ABOVE_SHARE:
        return Priority.HIGH
    if used_share > MEDIUM_ABOVE_SHARE:
        return Priority.MEDIUM
    return Priority.LOW


def promotions(deadline_mono: float, threshold_seconds: float) -> Promotions:
    """The instants after which `classify` says MEDIUM and HIGH: known on arrival, so nothing has to be re-sorted."""
    origin_mono = deadline_mono - threshold_seconds
    return Promotions(
        medium_mono=origin_mono + MEDIUM_ABOVE_SHARE * threshold_seconds,
        high_mono=deadline_mono,
    )
