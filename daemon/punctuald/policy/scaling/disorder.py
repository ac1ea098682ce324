"""The front of a queue that may not be in order: standard queues do their best, and no more.

In order, the front is where the newest message received was sent. Out of order that one may be a second old while
others wait a minute. But Little's law (J. D. C. Little, 1961: waiting = rate x mean wait) asks for no order: the *mean*
sending time of what was received stands for the front, and how much the ages differ says how much of the slack is none.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import floor

from punctuald.model import Arrivals

from .observation import Observation

IN_ORDER_SHARE = 0.95  # of what was received was sent in the front's second of the look before, or after it
TAIL_SHARE = 0.99
SAME_SECONDS = 60  # of sending without a change, looking back: what is older has not changed either
CELL_SECONDS = 0.5  # half of a second's cell: its messages were sent in the middle of it, on the mean


@dataclass(frozen=True, slots=True)
class Front:
    """Up to where the queue was drained (UTC), and how many times the mean the unlucky ones waited (1 or more)."""

    head_utc: float
    spread: float = 1.0


def front_of(observation: Observation, head_before_utc: float | None, received: Arrivals, *, full: bool) -> Front:
    """Where the front is now. Where a slot is idle nothing waits: it is now."""
    newest = observation.newest_sent_utc
    if not full or newest is None:
        return Front(observation.now_utc)
    if head_before_utc is None or not _disordered(received, head_before_utc):
        return Front(newest)
    count = sum(n for _, n in received)
    ages = sorted((max(0.0, observation.now_utc - second - CELL_SECONDS), n) for second, n in received)
    mean = sum(age * n for age, n in ages) / count
    return Front(observation.now_utc - mean, max(1.0, _tail(ages, count) / mean) if mean > 0 else 1.0)


def newly_received(arrivals: Arrivals, before: Arrivals) -> Arrivals:
    """By how much each second's count grew since the look ``before``, the newest first."""
    grown: list[tuple[int, int]] = []
    same, place = 0, len(before) - 1  # both are sorted: side by side from the newest, and seldom far
    for second, count in reversed(arrivals):
        while place >= 0 and before[place][0] > second:
            place -= 1
        growth = count - (before[place][1] if place >= 0 and before[place][0] == second else 0)
        if growth > 0:
            grown.append((second, growth))
        same = 0 if growth > 0 else same + 1
        if same >= SAME_SECONDS:
            break
    return tuple(grown)


def _disordered(received: Arrivals, head_before_utc: float) -> bool:
    count = sum(n for _, n in received)
    behind = sum(n for second, n in received if second < floor(head_before_utc))
    return behind > (1 - IN_ORDER_SHARE) * count


def _tail(ages: list[tuple[float, int]], count: int) -> float:
    """The age that `TAIL_SHARE` of the messages did not reach."""
    passed = 0
    for age, n in ages:
        passed += n
        if passed >= TAIL_SHARE * count:
            return age
    return ages[-1][0]
