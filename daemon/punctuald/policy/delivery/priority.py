"""How urgent a waiting message is, by the share of its threshold that is used up.

Within a class the earliest deadline goes first. Classes on top of deadlines matter because thresholds differ: a message
of a 60-second tier with one second left must not overtake one of a 3-second tier that is late already.
"""

from __future__ import annotations

from enum import IntEnum

from punctuald.model import Metric

MEDIUM_ABOVE_SHARE = 0.8
HIGH_ABOVE_SHARE = 1.0


class Priority(IntEnum):
    """The smaller number goes first, so that the members sort as heap keys."""

    HIGH = 0
    MEDIUM = 1
    LOW = 2


STARTED = {
    Priority.HIGH: Metric.STARTED_HIGH,
    Priority.MEDIUM: Metric.STARTED_MEDIUM,
    Priority.LOW: Metric.STARTED_LOW,
}
"""What counts the messages that a handler was given while they were of that class."""


def classify(used_share: float) -> Priority:
    """The class of a message that used up ``used_share`` of its threshold (1 = all of it); exactly 0.8 and exactly 1
    belong to the less urgent class."""
    if used_share > HIGH_ABOVE_SHARE:
        return Priority.HIGH
    if used_share > MEDIUM_ABOVE_SHARE:
        return Priority.MEDIUM
    return Priority.LOW
