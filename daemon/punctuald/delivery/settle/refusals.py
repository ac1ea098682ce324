"""What to do about one message that the source did not settle."""

from __future__ import annotations

from enum import Enum, auto

from punctuald.ports import DEAD_LETTER_REFUSED, NO_DEAD_LETTER_QUEUE

from .settlement_call import Refused


class Verdict(Enum):
    """What comes next."""

    AGAIN_NOW = auto()  # a redelivery brought a newer handle meanwhile
    AGAIN_LATER = auto()  # the source's own trouble, and the message is still ours
    GIVE_BACK = auto()  # no dead-letter queue takes it, and nobody asked for the message to be deleted
    LOST = auto()  # not ours any more: it comes again


def verdict_on(refused: Refused, now_mono: float) -> Verdict:
    """Decides by what the source said, and by whether the lease still holds."""
    item, failure = refused.settlement.item, refused.failure
    if not item.holds(refused.message):
        return Verdict.AGAIN_NOW
    if failure.code in {NO_DEAD_LETTER_QUEUE, DEAD_LETTER_REFUSED}:
        return Verdict.GIVE_BACK
    if failure.retryable and item.lease_until_mono > now_mono:
        return Verdict.AGAIN_LATER
    return Verdict.LOST
