"""The ports between the packages: what a source of messages does, and what the user's code looks like to us.

A source is called on the worker's event loop, by one task or by several, and never from another thread: it needs no
lock. A batch call returns the failures by message and raises only when the call as a whole did not happen
(`SourceUnavailable`: try again; `SourceMisconfigured`: a person has to mend it). An empty list from `receive` means
that the source was asked and had nothing: an error is never an empty queue.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from math import inf
from typing import Protocol

from .model import Backlog, Failure, Message, Metric, Outcome, Release, StreamLag

CountRequests = Callable[[Metric], None]
"""Called once for each request that goes over the wire, with the counter of its kind."""


class Count(Protocol):
    """Adds ``n`` to one of a source's counters."""

    def __call__(self, metric: Metric, n: int = 1, /) -> None: ...


OnRevoked = Callable[[Collection[str]], Awaitable[None]]
"""Called with partitions that are about to be taken from this source. It returns when none of their messages runs any
more, or when they no longer matter. The last checkpoint has what was acknowledged by then, and nothing later."""


@dataclass(frozen=True, slots=True)
class SourceLimits:
    """What one call can carry, and how long a message may stay in flight.

    ``longest_lease_seconds`` counts from the receive; infinity where messages are not leased but positions are
    committed (a partitioned log): nothing is then extended, and ``visibility_seconds`` means nothing.
    ``has_attributes``: a producer can give a message some; ``has_keyless``: there are messages without a key, which no
    order holds up.
    """

    largest_receive: int  # messages that one receive brings at most
    largest_batch: int  # messages that one settlement or extension carries at most
    longest_lease_seconds: float = inf
    has_attributes: bool = True
    has_keyless: bool = True


NO_DEAD_LETTER_QUEUE = "NoDeadLetterQueue"
"""`Failure.code` where there is no dead-letter queue for a message, see `Source.dead_letter`."""

DEAD_LETTER_REFUSED = "DeadLetterRefused"
"""`Failure.code` where the dead-letter queue will never take the message's copy."""

REASON_ATTRIBUTE = "punctuald.reason"
"""Attribute of a message in a dead-letter queue: why it is there."""

QUEUE_ATTRIBUTE = "punctuald.queue"
"""The same of an SQS queue's: the name of the queue that it came from. SQS writes DeadLetterQueueSourceArn only on what
it moves by itself, so without this nobody could put a copy of ours back."""

SQS_LARGEST_BATCH = 10
"""Messages of one ReceiveMessage, and entries of one batch (SQS API reference)."""

SQS_LONGEST_POLL_SECONDS = 20
"""WaitTimeSeconds of one ReceiveMessage (SQS API reference)."""

LOG_LARGEST_BATCH = 500
"""Records of a topic that one receive brings at most."""

LOG_POLL_SECONDS = 1.0
"""How long one receive from a topic waits: what its library fetched is here already, so more would save nothing."""


@dataclass(frozen=True, slots=True)
class SourceRules:
    """What the source does with messages by itself.

    - ``max_receives``: what was received so often, it takes away (SQS: the redrive policy); None = it keeps no count.
    - ``delay_seconds``: it hides each new message for so long (SQS: the queue's DelaySeconds, 0 to 900), but for those
      that bear a delay of their own, which it does not give when they are received.
    """

    max_receives: int | None = None
    delay_seconds: float = 0.0


class Source(Protocol):
    """One queue, or one consumer's share of a partitioned log."""

    @property
    def name(self) -> str:
        """The queue's name in the configuration; with its region's, ``orders@eu-west-1``, where it is in several."""
        ...

    @property
    def ordered(self) -> bool:
        """Whether the messages of one group (`Message.group`) must run in order: settlements then never linger."""
        ...

    @property
    def limits(self) -> SourceLimits:
        """What one call can carry."""
        ...

    @property
    def broker_ahead_seconds(self) -> float:
        """By how much the broker's clock is ahead of this machine's (below 0: behind); 0.0 as far as is known."""
        ...

    async def receive(self, most: int, wait_seconds: float, visibility_seconds: int) -> Sequence[Message]:
        """Up to ``most`` messages (1 to `SourceLimits.largest_receive`), waiting up to ``wait_seconds`` for the first.

        They stay hidden from others for ``visibility_seconds`` from the moment the source gives them out. Cancelling
        a receive may hide what it was about to bring for all that time, so only a dying process does it.
        """
        ...

    async def acknowledge(self, messages: Sequence[Message]) -> Sequence[Failure]:
        """``messages`` are done and must not come again. At most `SourceLimits.largest_batch` of them.

        A queue deletes them. A log remembers them; its checkpoint is where the first message that is not done begins.
        """
        ...

    async def extend(self, messages: Sequence[Message], seconds: int) -> Sequence[Failure]:
        """Renew the leases of ``messages`` to ``seconds`` from now. At most `SourceLimits.largest_batch` of them."""
        ...

    async def release(self, releases: Sequence[Release]) -> Sequence[Failure]:
        """Give messages back, each to come again after its own delay. At most `SourceLimits.largest_batch` of them.

        A log is read again from the earliest of them on, without the messages that are acknowledged.
        """
        ...

    async def dead_letter(self, message: Message, reason: str) -> Sequence[Failure]:
        """Copy ``message`` to the dead-letter queue with ``reason`` as an attribute, then delete it: in this order
        nothing is lost.

        Without a dead-letter queue: one failure with code ``NoDeadLetterQueue``, not retryable. Where it will never
        take the copy, with the reason or without: ``DeadLetterRefused``, not retryable.
        """
        ...

    async def rules(self) -> SourceRules:
        """What it does by itself. Asks the source each time, and raises as every other call does."""
        ...

    def pause(self, partitions: Collection[str]) -> None:
        """Receive nothing of these partitions until `resume`; a source without partitions has nothing to pause."""
        ...

    def resume(self, partitions: Collection[str]) -> None:
        """Receive from these partitions again."""
        ...

    def on_revoked(self, call: OnRevoked) -> None:
        """Set what to call before partitions are taken away. Called once, before the first receive."""
        ...

    def end_receiving(self) -> None:
        """No receive will begin any more, as at a stop: what is in hand is still settled, and then comes `close`.

        A log may give partitions to others from now on, each after what `on_revoked` was given for it has returned.
        """
        ...

    async def close(self) -> None:
        """Let go of connections; new calls are refused with `SourceUnavailable`."""
        ...


SayLag = Callable[[StreamLag], None]
"""Called by a stream's source with what it knows, at least every `LAG_SECONDS` as long as that is so."""

LAG_SECONDS = 5.0


class BacklogGauge(Protocol):
    """Asks a source how many messages it has. `read` blocks, so the autoscaler calls it on a thread of its own."""

    def read(self) -> Backlog | None:
        """The source's own counts; None where they can't be known yet, for a moment: nobody has begun to look. Raises
        `SourceError` where they can't be had, for unknown is not zero, and `SourceMissing` where there is no such
        queue: nothing waits in it."""
        ...


OnFailure = Callable[[BaseException, Message], None]
"""Called with an exception of a handler that makes it a failure, so with no signal of ours. May be called from any
thread."""


class HandlerPort(Protocol):
    """The user's code as a function. Called in a handler thread; nothing that the user's code raises leaves it."""

    @property
    def batch(self) -> bool:
        """Whether one call takes several messages."""
        ...

    def handle_one(self, message: Message, on_failure: OnFailure) -> Outcome:
        """Run it on one message."""
        ...

    def handle(self, messages: Sequence[Message], on_failure: OnFailure) -> Sequence[Outcome]:
        """Run it on several; one outcome a message, in order."""
        ...


class CoroutinePort(Protocol):
    """The user's code as a coroutine function. Runs on the handlers' own event loop; of what the user's code raises,
    only its cancellation leaves it."""

    @property
    def batch(self) -> bool:
        """Whether one call takes several messages."""
        ...

    async def handle(self, messages: Sequence[Message], on_failure: OnFailure) -> Sequence[Outcome]:
        """Run it; one outcome a message, in order."""
        ...


class RunningWords(Protocol):
    """Where one handler says what it is running, so that the supervisor can read it when the worker is dead."""

    def start(self, message_id: str, queue: int, now_mono: float, further_ids: Sequence[str] = ()) -> None:
        """The handler begins a message, or several in one call; called before the user's code can do harm."""
        ...

    def stop(self) -> None:
        """The handler is idle."""
        ...
