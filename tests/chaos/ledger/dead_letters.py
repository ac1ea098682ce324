"""Messages in the dead-letter queue: had their handlers really tried as often as SQS counted?"""

from __future__ import annotations

import math

from chaos.ledger.events import Kind
from chaos.ledger.stories import Delivery, Story
from chaos.sqs.faults import ANSWER_LOST


def unseen(story: Story) -> str:
    """What is wrong with its coming there; "" where nothing is.

    A receive that led to no run is a try that nobody made. It is excused where the receiver could not know of it: its
    process was killed, or the answer was lost by a fault. A poll that the daemon itself abandoned is no excuse.
    """
    if story.dead_lettered_mono == math.inf:
        return ""
    if story.copies and not any(copy.reason for copy in story.copies):
        return "copied there without a reason"
    counted = [delivery for delivery in story.deliveries if not delivery.received.doubled]
    wasted = [delivery for delivery in counted if not delivery.runs and not _excused(story, delivery)]
    if not wasted:
        return ""
    if not story.runs:
        return f"no handler ever saw it: {_of(wasted, counted)}"
    return f"not all of its tries were runs: {_of(wasted, counted)}"


def _of(wasted: list[Delivery], counted: list[Delivery]) -> str:
    return f"{len(wasted)} of {len(counted)} receives led to none"


def _excused(story: Story, delivery: Delivery) -> bool:
    return _killed(story, delivery) or _answer_lost(story, delivery)


def _killed(story: Story, delivery: Delivery) -> bool:
    pid = delivery.received.pid
    return pid is not None and pid in story.killed_mono


def _answer_lost(story: Story, delivery: Delivery) -> bool:
    """The fault is written down right after the receive that it is done to."""
    begun_mono = delivery.received.mono
    until_mono = min(
        (other.received.mono for other in story.deliveries if other.received.mono > begun_mono), default=math.inf
    )
    return any(
        begun_mono <= event.mono <= until_mono and event.operation == "ReceiveMessage" and event.detail in ANSWER_LOST
        for event in story.of_kind(Kind.FAULTED)
    )
