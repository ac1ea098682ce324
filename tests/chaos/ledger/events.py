"""What happened to messages, as the SQS server, the handlers and the harness each wrote it down.

All times are CLOCK_MONOTONIC of one machine, so that the three history can be put into one order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """What the server saw happen to one message."""

    SENT = "sent"
    RECEIVED = "received"
    ABANDONED = "abandoned"  # received by a poll whose client had closed its connection: nobody saw the answer
    VISIBILITY_CHANGED = "visibility_changed"
    VISIBILITY_REFUSED = "visibility_refused"
    EXPIRED = "expired"  # its visibility timeout ran out (or was cut short by a fault): it can be received again
    DELETED = "deleted"
    DELETE_REFUSED = "delete_refused"
    DELETE_IGNORED = "delete_ignored"  # a success that deleted nothing: an older handle, on a standard queue
    REDRIVEN = "redriven"  # moved to the dead-letter queue by the server: its receives were used up
    FAULTED = "faulted"  # a fault was done to a call that names it, or to the answer that carried it


@dataclass(frozen=True, slots=True)
class QueueEvent:
    """One event of one message. ``message_id`` is "" for a fault done to a call that names no message."""

    mono: float
    kind: Kind
    queue: str
    message_id: str
    handle: str = ""
    receive_count: int = 0  # of RECEIVED: 1 for the first
    pid: int | None = None  # of the client's process; None where it could not be found out
    group: str | None = None
    body: str = ""  # of SENT
    reason: str = ""  # of SENT to a dead-letter queue: the attribute that the daemon gives the reason in
    seconds: float | None = None  # the visibility timeout that was asked for
    doubled: bool = False  # of RECEIVED: a double delivery by the server's fault
    operation: str = ""  # of FAULTED: the call
    detail: str = ""  # of FAULTED: the fault; of a refusal: its code


class RunEnd(StrEnum):
    """How a handler's run ended."""

    OK = "ok"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a handler. ``end`` is None where nobody knows of one: its process died."""

    message_id: str
    pid: int
    started_mono: float
    ended_mono: float | None = None
    end: RunEnd | None = None
    receive_count: int = 0  # as the handler saw it; 0 where it did not write it down


@dataclass(frozen=True, slots=True)
class History:
    """All accounts of one scenario. ``killed_mono`` are the processes that the harness killed, by pid."""

    queue: str
    dead_letter_queue: str
    events: Sequence[QueueEvent]
    runs: Sequence[Run]
    killed_mono: Mapping[int, float] = field(default_factory=dict)
