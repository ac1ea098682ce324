"""Why a message that a handler had finished came again: for whose sake it is excused, or that it is not."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

from chaos.ledger.events import Kind, QueueEvent, Run
from chaos.ledger.message_history import Delivery, MessageHistory, ended_mono
from chaos.sqs.faults import ANSWER_LOST, BEFORE_THE_EFFECT, Fault

DELETIONS = frozenset({"DeleteMessage", "DeleteMessageBatch"})
VISIBILITY_CHANGES = frozenset({"ChangeMessageVisibility", "ChangeMessageVisibilityBatch"})
DISCOVERY_SECONDS = 0.001
"""Two processes' clock readings may be this close and still in either order."""


class Cause(StrEnum):
    """The first that fits, in this order."""

    RUN_TWICE = "one receive was run twice"
    KILLED = "its worker was killed before it could delete"
    DOUBLE_DELIVERY = "the server delivered it twice"
    HANDLE_EXPIRED = "the server let its visibility timeout end early"
    LOST_DELETE = "a fault was done to its deletion"
    LOST_RENEWAL = "a fault was done to the renewal of its visibility timeout"
    GIVEN_BACK = "it was given back although it was handled"
    LEASE_EXPIRED = "its visibility timeout ran out"
    UNKNOWN = "nothing explains it"


EXCUSED = frozenset({Cause.KILLED, Cause.DOUBLE_DELIVERY, Cause.HANDLE_EXPIRED, Cause.LOST_DELETE, Cause.LOST_RENEWAL})
"""At-least-once delivery can't do better. For all others a daemon has to answer."""


def why_again(message: MessageHistory, run: Run, again: Delivery | None, until_mono: float) -> Cause:
    """Why a finished ``run`` was not the end: ``again`` is the receive of its next run, ``until_mono`` its time.

    ``again`` None: there was none, the message went to the dead-letter queue.
    """
    first = message.delivery_of(run)
    if first is not None and first is again:
        return Cause.RUN_TWICE
    if _killed_before_deletion(message, run):
        return Cause.KILLED
    # Of two receives that ran at the same time the later one may have ended first.
    begun_mono, until_mono = sorted((first.received.mono if first else run.started_mono, until_mono))
    return _by_events([event for event in message.events if begun_mono <= event.mono <= until_mono], run)


def _by_events(events: list[QueueEvent], run: Run) -> Cause:
    """From what happened between the first receive and the second."""
    fits: dict[Cause, Callable[[QueueEvent], bool]] = {
        Cause.DOUBLE_DELIVERY: lambda event: event.kind is Kind.RECEIVED and event.doubled,
        Cause.HANDLE_EXPIRED: lambda event: event.detail == Fault.EXPIRED_HANDLES,
        Cause.LOST_DELETE: lambda event: event.operation in DELETIONS and _prevented(event),
        Cause.LOST_RENEWAL: lambda event: event.operation in VISIBILITY_CHANGES and _prevented(event),
        Cause.GIVEN_BACK: lambda event: _gives_back(event) and _after(event, run),
        Cause.LEASE_EXPIRED: lambda event: event.kind is Kind.EXPIRED,
    }
    return next((cause for cause, fit in fits.items() if any(fit(event) for event in events)), Cause.UNKNOWN)


def _gives_back(event: QueueEvent) -> bool:
    return event.kind is Kind.VISIBILITY_CHANGED and not event.seconds


def _prevented(event: QueueEvent) -> bool:
    """Whether the call came to nothing, or its client could not know that it had come to something."""
    return event.detail in BEFORE_THE_EFFECT | ANSWER_LOST


def _after(event: QueueEvent, run: Run) -> bool:
    return event.mono >= ended_mono(run) - DISCOVERY_SECONDS


def _killed_before_deletion(message: MessageHistory, run: Run) -> bool:
    killed_mono = message.killed_mono.get(run.pid)
    if killed_mono is None:
        return False
    return not any(event.mono <= killed_mono and event.pid == run.pid for event in message.of_kind(Kind.DELETED))
