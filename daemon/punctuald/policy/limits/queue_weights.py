"""Which of several queues has the next handler slot while all of them have overdue messages: by their weights.

Where no more than one is late, its messages go first by their class. Where several are, the earliest deadline alone
would give every slot to the queue that is latest, and leave the others to become later still.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Claim(NamedTuple):
    """One queue that has overdue messages. ``used_seconds``: of handler slots, since it competes with others."""

    queue: int
    weight: int
    used_seconds: float


def go_by_weight(claims: Sequence[Claim]) -> bool:
    """Whether the weights say anything: equal ones leave it to the deadlines."""
    return len({claim.weight for claim in claims}) > 1


def next_queue(claims: Sequence[Claim]) -> int:
    """The queue that has had least for its weight; of equals the one with more weight."""
    return min(claims, key=lambda claim: (claim.used_seconds / claim.weight, -claim.weight, claim.queue)).queue


def begins_at(others: Sequence[Claim], weight: int) -> float:
    """The used seconds with which a queue joins the others: it has no claim for the time when it had nothing late."""
    return weight * min((claim.used_seconds / claim.weight for claim in others), default=0.0)
