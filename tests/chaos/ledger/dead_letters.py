"""Messages in the dead-letter queue: had their handlers really tried as often as SQS counted?"""

from __future__ import annotations

import math

from chaos.ledger.events import Kind
from chaos.ledger.message_history import Delivery, MessageHistory
from chaos.ledger.poison import WORKERS_DIED
from chaos.sqs.faults import ANSWER_LOST, Fault

RECEIVE = "ReceiveMessage"


def unseen(message: MessageHistory) -> str:
    """What is wrong with its coming there; "" where nothing is.

    A receive that led to no run is a try that nobody made. It is excused where the receiver could not do better: its
    process was killed, the answer was lost by a fault, or the server ended the visibility timeout early; and at the
    last receive of poison, which is dead-lettered without being run. A poll that the daemon itself abandoned is no
    excuse.
    """
    if message.dead_lettered_mono == math.inf:
        return ""
    if message.copies and not any(copy.reason for copy in message.copies):
        return "copied there without a reason"
    counted = [delivery for delivery in message.deliveries if not delivery.received.doubled]
    wasted = [delivery for delivery in counted if not delivery.runs and not _excused(message, delivery)]
    if not wasted:
        return ""
    if not message.runs:
        return f"no handler ever saw it: {_of(wasted, counted)}"
    return f"not all of its tries were runs: {_of(wasted, counted)}"


def _of(wasted: list[Delivery], counted: list[Delivery]) -> str:
    return f"{len(wasted)} of {len(counted)} receives led to none"


def _excused(message: MessageHistory, delivery: Delivery) -> bool:
    return (
        _killed(message, delivery)
        or _taken_by_a_fault(message, delivery)
        or (delivery is message.deliveries[-1] and any(WORKERS_DIED in copy.reason for copy in message.copies))
    )


def _killed(message: MessageHistory, delivery: Delivery) -> bool:
    pid = delivery.received.pid
    return pid is not None and pid in message.killed_mono


def _taken_by_a_fault(message: MessageHistory, delivery: Delivery) -> bool:
    """Whether the answer never came, or the server ended the visibility timeout, before the next receive."""
    begun_mono = delivery.received.mono
    later = [other.received.mono for other in message.deliveries if other.received.mono > begun_mono]
    until_mono = min(later, default=math.inf)
    faults = [event for event in message.of_kind(Kind.FAULTED) if begun_mono <= event.mono <= until_mono]
    return any(
        event.detail == Fault.EXPIRED_HANDLES or (event.operation == RECEIVE and event.detail in ANSWER_LOST)
        for event in faults
    )
