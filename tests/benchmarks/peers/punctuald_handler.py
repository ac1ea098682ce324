"""Our own daemon's handler."""

from __future__ import annotations

from benchmarks.peers import work
from punctuald import Message


def handle(message: Message) -> None:
    """Parse and do the work."""
    work.do(message.json())
