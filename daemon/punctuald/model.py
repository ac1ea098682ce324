"""Values that are passed between the packages and that nobody changes. They have no behaviour but to be read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import IntEnum, StrEnum
from types import MappingProxyType
from typing import Any, NamedTuple, Self, TypeVar, dataclass_transform

import orjson

from .errors import Reject

Arrivals = tuple[tuple[int, int], ...]
"""(UTC second of sending, or of the due time where that is later; messages of it that were received for the first time
and due), the oldest first."""

IN_REGION = "@"
"""Between a queue's name and its region's, where it is in several; SQS allows it in neither."""

MessageT = TypeVar("MessageT")
NO_ATTRIBUTES: Mapping[str, str] = MappingProxyType({})


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def message_value(declared: type[MessageT]) -> type[MessageT]:
    """A dataclass that nobody may change; the type checker enforces that. ``frozen=True`` would at run time too, and
    would make a message three times as expensive to build: more than parsing its body costs."""
    return dataclass(slots=True)(declared)


@message_value
class Message:
    """One delivery of one message, as its handler sees it.

    ``sent_utc`` is when the producer's send reached the broker (SQS: SentTimestamp), ``received_utc`` when we got it,
    both on the broker's clock, so that their difference is true even where this machine's clock is off.
    ``receive_count`` is 1 for a first delivery; ``repeats`` are further tries in place, without a receive, as ordered
    groups have them. ``group`` is None, or the key whose messages must run in order; ``partition`` is the part of a
    log that it came from, "" where there are none, and ``offset`` its place in that. ``tombstone``: the record has no
    value at all, which in a compacted topic deletes its key; ``body`` is then "". ``tenant`` is whose it is on a fair
    queue (SQS: MessageGroupId on a standard queue), None where nobody said so; no order is kept within it. Of a queue
    in several regions ``region`` is the one that it was received in, and ``deduplication_id`` a FIFO message's
    MessageDeduplicationId; else both are "".
    """

    id: str
    queue: str
    body: str = field(repr=False)
    receipt_handle: str = field(repr=False)  # a capability: whoever has it can delete the message, so never logged
    sent_utc: float
    received_utc: float
    receive_count: int = 1
    group: str | None = None
    attributes: Mapping[str, str] = field(default_factory=lambda: NO_ATTRIBUTES, repr=False)
    partition: str = ""
    repeats: int = 0
    tenant: str | None = None
    offset: int | None = None
    tombstone: bool = False
    region: str = ""
    deduplication_id: str = ""

    @property
    def source(self) -> str:
        """What the log and the figures call where it came from: its queue, with its region where that is in several."""
        return f"{self.queue}{IN_REGION}{self.region}" if self.region else self.queue

    @property
    def data(self) -> bytes:
        """The body as bytes: what the producer sent, also where that is no UTF-8 text (Avro, Protobuf)."""
        return self.body.encode("utf-8", "surrogateescape")

    @property
    def tries(self) -> int:
        """Which try this is, 1 for the first: the message's receives and our repeats in place, added up."""
        return self.receive_count + self.repeats

    def again(self) -> Self:
        """The same delivery, to be tried once more in place."""
        return self.repeated(self.repeats + 1)

    def repeated(self, repeats: int) -> Self:
        """The same delivery, after so many tries in place."""
        return replace(self, repeats=repeats) if repeats != self.repeats else self

    def json(self) -> Any:
        """The body, parsed. Raises `Reject` where it is not JSON, because a retry would not change that."""
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError as error:
            raise Reject(f"the body is not JSON: {error}") from None


@dataclass(frozen=True, slots=True)
class Release:
    """Give ``message`` back; it can be received again after ``after_seconds`` (0 = at once; SQS rounds to seconds)."""

    message: Message
    after_seconds: int = 0


@dataclass(frozen=True, slots=True)
class Failure:
    """One message for which the source did not do what a batch call asked, and whether asking again can help."""

    receipt_handle: str
    code: str
    text: str
    retryable: bool


class OutcomeKind(StrEnum):
    """How a handler left a message."""

    DONE = "done"
    RETRY = "retry"
    WAIT = "wait"
    REJECT = "reject"
    DISCARD = "discard"
    FAILED = "failed"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a handler said of one message. ``after_seconds`` None = the usual back-off, or for a wait ``until_utc``.
    ``downstream`` names what was unavailable; ``illness`` what the process had run out of then, "" for nothing.
    """

    kind: OutcomeKind
    reason: str = ""
    after_seconds: float | None = None
    until_utc: float | None = None
    downstream: str = ""
    illness: str = ""


DONE = Outcome(OutcomeKind.DONE)
COPY = Outcome(OutcomeKind.DISCARD, "a copy of it was done already")


class Stage(IntEnum):
    """The stages of a message's way; END_TO_END is the sum of the others by construction."""

    PRODUCE = 0  # event time → sent (0 where the event's own time is unknown)
    QUEUE = 1  # sent, or due where that is later → received
    READY = 2  # received, or due where that is later → handler started
    HANDLE = 3  # handler started → finished
    SETTLE = 4  # finished → acknowledged
    END_TO_END = 5


class Samples(NamedTuple):
    """Where the time of messages of one queue and tier went, once their acknowledgement went through: for each stage
    one number a message, all in the same order. Columns, because there are thousands a second, counted by stage."""

    queue: int  # index of the queue in the configuration
    tier: int  # likewise
    produce_seconds: Sequence[float]
    queue_seconds: Sequence[float]
    ready_seconds: Sequence[float]
    handle_seconds: Sequence[float]
    settle_seconds: Sequence[float]
    met: Sequence[bool]  # end to end within the tier's threshold
    missed_by: Sequence[int]  # of each that is not: its `MissCause`


class Metric(IntEnum):
    """What is counted per queue. The number is the word's place on the board."""

    RECEIVED = 0  # deliveries taken from the source
    REDELIVERED = 1  # of these, with a receive count above one
    DUPLICATE_IN_FLIGHT = 2  # of these, copies of a message that was in flight here already
    RECEIVE_EMPTY = 3  # receives that brought nothing
    DONE = 4  # handled and acknowledged
    FAILED = 5  # handler raised something of its own
    RETRIED = 6  # handler asked for another time
    REJECTED = 7  # moved to the dead-letter queue
    DISCARDED = 8  # deleted unprocessed at the handler's wish
    RELEASED = 9  # given back unstarted or unfinished (stop, or the rest of a failed group)
    LEASE_LOST = 10  # the lease ran out while it was in flight: the source refused the handle
    POISON = 11  # rejected because workers died while they ran it
    SOURCE_ERROR = 12  # calls that failed as a whole
    REQUEST_RECEIVE = 13
    REQUEST_ACKNOWLEDGE = 14
    REQUEST_EXTEND = 15
    REQUEST_RELEASE = 16
    REQUEST_DEAD_LETTER = 17
    REQUEST_ATTRIBUTES = 18  # look-ups of the queue's address, settings and depth
    HELD = 19  # times that a message was due later, by its handler or its producer, and waited in the worker
    BOUNCED = 20  # the same where it went back to wait in the queue, which cost a receive
    UNAVAILABLE = 21  # times that a handler found away what it calls
    ABANDONED = 22  # a worker died while it ran them: they come again
    STARTED_HIGH = 23  # given to a handler past their deadline
    STARTED_MEDIUM = 24  # with over 80 % of their threshold used up
    STARTED_LOW = 25
    NOT_DEAD_LETTERED = 26  # rejected, and given back, for no dead-letter queue takes it
    RECORDS_GONE = 27  # of a log: deleted before we read them
    COPY_DROPPED = 28  # deleted unprocessed: its copy from another region, or it itself, was done already


REQUEST_COUNTERS = tuple(metric for metric in Metric if metric.name.startswith("REQUEST_"))


@dataclass(frozen=True, slots=True)
class Backlog:
    """How many messages the source says that it has, approximately. ``delayed``: new ones that nobody can have yet, by
    their own delay or the queue's. ``behind_seconds``: how old the oldest is that is not read yet, where that is known.
    """

    visible: int
    in_flight: int
    delayed: int
    read_mono: float
    behind_seconds: float | None = None

    @property
    def total(self) -> int:
        """Everything that is in the queue."""
        return self.visible + self.in_flight + self.delayed


class LimitGauges(NamedTuple):
    """What the limits of one queue come to in one worker: messages that run, messages that are ready and wait for a
    limit, whether the queue is paused, and handlers that were ever started."""

    running: int = 0
    waiting: int = 0
    paused: bool = False
    started: int = 0


@dataclass(frozen=True, slots=True)
class StreamLag:
    """What one worker knows of a stream whose shards it reads: how many records of its shards it has not settled yet,
    those counted by estimate that it has not read, and by how much it is behind on the shard that is furthest behind;
    how many leases are its own, and how many there are to be read by anybody."""

    records: int
    behind_seconds: float
    held: int
    leases: int
