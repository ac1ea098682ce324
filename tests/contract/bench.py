"""What a test of the contract needs of each kind of source."""

from __future__ import annotations

import asyncio
from collections import Counter as Tally
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from punctuald.clock import ManualClock
from punctuald.model import NO_ATTRIBUTES, Message, Metric
from punctuald.ports import BacklogGauge, Source

MOST = 10
"""What every source can bring in one receive."""

Loop = Callable[[ManualClock], asyncio.AbstractEventLoop]


class Bench(Protocol):
    """One fresh queue or log of one kind, and a source on it. All tests run on its own runner's loop."""

    source: Source
    requests: Tally[Metric]
    runner: asyncio.Runner

    unreachable_code: str
    """Of the error that `unreachable` raises."""

    reads_by_itself: bool
    """Whether requests are made without a receive that asks for them."""

    async def left(self) -> int:
        """How many messages are in it, by its gauge, once all that was acknowledged is known to the broker."""

    def send(self, body: str, group: str | None = None, attributes: Mapping[str, str] = NO_ATTRIBUTES) -> None:
        """Put a message in."""

    async def receive_after(self, seconds: float) -> Sequence[Message]:
        """What comes once so much time has passed."""

    async def dead_letters(self) -> Sequence[Message]:
        """What is in the dead-letter queue."""

    async def missing(self) -> Source:
        """A source named nowhere of a queue that does not exist."""

    async def unreachable(self) -> Source:
        """A source whose broker is not there."""

    async def close(self) -> None:
        """Close all sources that were made."""


class QueueBench(Bench, Protocol):
    """A queue."""

    @property
    def gauge(self) -> BacklogGauge:
        """Of the same queue."""


class LogBench(Bench, Protocol):
    """A log with partitions 0 and 1, both of which are the source's."""

    def partition(self, number: str) -> str:
        """What its messages call it."""

    def send_to(self, partition: str, *bodies: str, key: str | None = None) -> None:
        """Append records."""

    async def checkpoint(self, partition: str, expected: int) -> int:
        """How many of its records the group's next owner of it would leave out; waits until that is ``expected``, as
        long as it may take."""

    async def without_dead_letters(self) -> Source:
        """One that has nowhere to put them, in place of the other."""


async def receive(bench: Bench, visibility_seconds: int = 30) -> Sequence[Message]:
    """What is known to be there, or what comes first within 5 seconds."""
    return await bench.source.receive(MOST, 5, visibility_seconds)


async def receive_at_once(bench: Bench) -> Sequence[Message]:
    """What is there now, which may be nothing."""
    return await bench.source.receive(MOST, 0, 30)


async def receive_all(bench: Bench, number: int) -> list[Message]:
    """Receive ``number`` messages that are known to be there."""
    messages: list[Message] = []
    while len(messages) < number:
        got = await bench.source.receive(min(bench.source.limits.largest_receive, number - len(messages)), 5, 30)
        assert got, f"only {len(messages)} of {number} came"
        messages += got
    return messages


def bodies(messages: Sequence[Message]) -> list[str]:
    return [message.body for message in messages]
