"""Why a message that a handler had finished came again: for whose sake it is excused, or that it is not."""

from __future__ import annotations

from collections.abc import Callable, Collection
from enum import StrEnum

from chaos.ledger.events import Kind, QueueEvent, Run
from chaos.ledger.message_history import Delivery, MessageHistory, ended_mono
from chaos.sqs.faults import ANSWER_LOST, BEFORE_THE_EFFECT, Fault

DELETIONS = frozenset({"DeleteMessage", "DeleteMessageBatch"})
RECEIVE = "ReceiveMessage"
VISIBILITY_CHANGES = frozenset({"ChangeMessageVisibility", "ChangeMessageVisibilityBatch"})
DISCOVERY_SECONDS = 0.001
"""Two processes' clock readings may be this close and still in either order."""


PATIENCE_SECONDS = 3.0
"""A call that failed is worth another try within so long."""

SILENT_PATIENCE_SECONDS = 15.0
"""Of a call that nobody answers a client learns only by its own time limit."""


class Cause(StrEnum):
    """The first that fits, in this order."""

    RUN_TWICE = "one receive was run twice"
    KILLED = "its worker was killed before it could delete"
    DOUBLE_DELIVERY = "the server delivered it twice"
    HANDLE_EXPIRED = "the server let its visibility timeout end early"
    LOST_DELETE = "its deletion failed until its visibility timeout was over"
    LOST_RENEWAL = "the renewal of its visibility timeout failed until that was over"
    NOT_TRIED_AGAIN = "a call failed, and was not tried again before its visibility timeout was over"
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
    if any(delivery is not None and delivery.received.doubled for delivery in (first, again)):
        return Cause.DOUBLE_DELIVERY
    begun_mono = first.received.mono if first else run.started_mono
    events = [event for event in message.events if begun_mono <= event.mono <= until_mono]
    return Cause.DOUBLE_DELIVERY if _is_copy_unknown(events) else _by_events(events, run, until_mono)


def _is_copy_unknown(events: list[QueueEvent]) -> bool:
    """Whether the server delivered it twice, and the answer with the copy never arrived: nobody has its newest handle.

    A copy that did arrive is no excuse by itself: whoever has the message takes over the newer handle.
    """
    copies = [event for event in events if event.doubled]
    lost = [event for event in events if event.operation == RECEIVE and event.detail in ANSWER_LOST]
    return any(
        0 <= fault.mono - copy.mono <= PATIENCE_SECONDS and fault.pid == copy.pid for copy in copies for fault in lost
    )


def _by_events(events: list[QueueEvent], run: Run, until_mono: float) -> Cause:
    """From what happened between the first receive and the second."""
    expired_mono = min((event.mono for event in events if event.kind is Kind.EXPIRED), default=until_mono)
    fits: dict[Cause, Callable[[QueueEvent], bool]] = {
        Cause.HANDLE_EXPIRED: lambda event: event.detail == Fault.EXPIRED_HANDLES,
        Cause.LOST_DELETE: lambda event: _prevented(event, DELETIONS) and _was_last_chance(event, expired_mono),
        Cause.LOST_RENEWAL: lambda event: (
            _prevented(event, VISIBILITY_CHANGES) and _was_last_chance(event, expired_mono)
        ),
        Cause.NOT_TRIED_AGAIN: lambda event: _prevented(event, DELETIONS | VISIBILITY_CHANGES),
        Cause.GIVEN_BACK: lambda event: _gives_back(event) and _after(event, run),
        Cause.LEASE_EXPIRED: lambda event: event.kind is Kind.EXPIRED,
    }
    return next((cause for cause, fit in fits.items() if any(fit(event) for event in events)), Cause.UNKNOWN)


def _prevented(event: QueueEvent, operations: Collection[str]) -> bool:
    """Whether the call came to nothing, or its client could not know that it had come to something."""
    return event.operation in operations and event.detail in BEFORE_THE_EFFECT | ANSWER_LOST


def _was_last_chance(fault: QueueEvent, expired_mono: float) -> bool:
    """Whether there was no time left for another try."""
    silent = fault.detail in {Fault.DROP, Fault.SILENT}
    return expired_mono - fault.mono <= (SILENT_PATIENCE_SECONDS if silent else PATIENCE_SECONDS)


def _gives_back(event: QueueEvent) -> bool:
    return event.kind is Kind.VISIBILITY_CHANGED and not event.seconds


def _after(event: QueueEvent, run: Run) -> bool:
    return event.mono >= ended_mono(run) - DISCOVERY_SECONDS


def _killed_before_deletion(message: MessageHistory, run: Run) -> bool:
    killed_mono = message.killed_mono.get(run.pid)
    if killed_mono is None:
        return False
    return not any(event.mono <= killed_mono and event.pid == run.pid for event in message.of_kind(Kind.DELETED))
