"""What the sources of partitioned logs do alike: their records wait in a buffer of ours, and what becomes of them is
noted there."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Generic

from punctuald.errors import SourceUnavailable
from punctuald.model import Failure, Message, Release
from punctuald.ports import SourceRules

from .record_buffer import ReadingT, RecordBuffer


class BufferedSource(Generic[ReadingT]):
    """The part of a `Source` that asks nobody. ``called`` names the log in texts for people: topic 'orders'."""

    def __init__(self, name: str, called: str, buffer: RecordBuffer[ReadingT]) -> None:
        self._name = name
        self._called = called
        self._buffer = buffer
        self._closed = False

    @property
    def name(self) -> str:
        """See `Source.name`."""
        return self._name

    @property
    def ordered(self) -> bool:
        """See `Source.ordered`: the records of one key run in order."""
        return True

    async def acknowledge(self, messages: Sequence[Message]) -> Sequence[Failure]:
        """See `Source.acknowledge`. Nothing goes over the wire: how far a partition is done is written in its own
        time."""
        self._refuse_if_closed()
        return self._done(messages)

    async def extend(self, messages: Sequence[Message], seconds: int) -> Sequence[Failure]:  # noqa: ARG002  # no leases of messages
        """See `Source.extend`: there is no lease to renew."""
        self._refuse_if_closed()
        return ()

    async def release(self, releases: Sequence[Release]) -> Sequence[Failure]:
        """See `Source.release`. They wait here, and hold up what comes of their keys."""
        self._refuse_if_closed()
        return self._buffer.give_back(releases)

    async def rules(self) -> SourceRules:
        """See `Source.rules`: a log counts no receives."""
        self._refuse_if_closed()
        return SourceRules()

    def pause(self, partitions: Collection[str]) -> None:
        """See `Source.pause`."""
        self._buffer.paused |= set(partitions)

    def resume(self, partitions: Collection[str]) -> None:
        """See `Source.resume`."""
        self._buffer.paused -= set(partitions)

    def _done(self, messages: Sequence[Message]) -> Sequence[Failure]:
        return self._buffer.done(messages)

    def _refuse_if_closed(self) -> None:
        if self._closed:
            raise SourceUnavailable(f"{self._called}: the source is closed", code="Closed")
