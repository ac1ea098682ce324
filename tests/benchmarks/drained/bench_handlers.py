"""The handlers of our own daemon."""

from __future__ import annotations

from benchmarks.peers import work
from punctuald import Message


def trivial(message: Message) -> None:
    """Parse and do the work."""
    work.do(message.json())


def batch(messages: list[Message]) -> None:
    """The same for all of a batch."""
    for message in messages:
        work.do(message.json())
