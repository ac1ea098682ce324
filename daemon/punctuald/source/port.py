"""The port that every source of messages stands behind: SQS and memory now, Kinesis and Kafka later.

A batch call returns the failures by message and raises only when the call as a whole did not happen
(`SourceUnavailable`: try again; `SourceMisconfigured`: a person has to mend it). An empty list from `receive` means
that the source was asked and had nothing: an error is never an empty queue.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from punctuald.model import Backlog, Counter, Failure, Message, Release

CountRequests = Callable[[Counter], None]
"""Called once for each request that goes over the wire, with the counter of its kind."""


class Source(Protocol):
    """One queue. Safe to call from several threads at once."""

    @property
    def name(self) -> str:
        """The queue's name in the configuration."""
        ...

    @property
    def ordered(self) -> bool:
        """Whether groups must run in order (FIFO): acknowledgements then go out at once."""
        ...

    def receive(self, room: int, wait_seconds: float, visibility_seconds: int) -> list[Message]:
        """Up to ``room`` messages (at least 1; SQS gives at most 10), waiting up to ``wait_seconds`` for the first.

        They stay hidden from others for ``visibility_seconds`` from the moment the source hands them out.
        """
        ...

    def acknowledge(self, messages: Sequence[Message]) -> list[Failure]:
        """Delete them for good. Any number: cut into the source's batch size here."""
        ...

    def extend(self, messages: Sequence[Message], seconds: int) -> list[Failure]:
        """Renew their leases to ``seconds`` from now."""
        ...

    def release(self, releases: Sequence[Release]) -> list[Failure]:
        """Give them back, each to come again after its own delay."""
        ...

    def dead_letter(self, message: Message, reason: str) -> list[Failure]:
        """Copy to the dead-letter queue with the reason as an attribute, then delete: in this order nothing is lost.

        Without a dead-letter queue: one failure with code ``NoDeadLetterQueue``, not retryable.
        """
        ...

    def close(self) -> None:
        """Let go of connections; new calls are refused with `SourceUnavailable`.

        A long poll under way may be let end: one that is abandoned hides the messages it is about to bring.
        """
        ...


class BacklogGauge(Protocol):
    """Asks a source how long it is."""

    def read(self) -> Backlog:
        """The source's own counts; raises `SourceUnavailable`: unknown is not zero."""
        ...
