"""Long polls on one queue: a receive that finds nothing waits until something comes or its time is over."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass

from chaos.sqs.queue import Queue
from chaos.sqs.stored import StoredMessage

LONGEST_WAIT_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Receive:
    """What a ReceiveMessage call asks for."""

    limit: int = 1
    visibility_seconds: int | None = None
    wait_seconds: float = 0.0
    pid: int | None = None
    attempt_id: str = ""


class Polls:
    """A poll whose client has gone is served all the same, as SQS does: it does not see who listens."""

    def __init__(self, queue: Queue) -> None:
        self._queue = queue
        self._change = asyncio.Event()

    def wake(self) -> None:
        """Something may be there to receive."""
        self._change.set()
        self._change = asyncio.Event()

    async def receive(self, asked: Receive) -> list[StoredMessage]:
        """Up to ``limit`` messages, or none when the wait is over."""
        end_mono = time.monotonic() + min(asked.wait_seconds, LONGEST_WAIT_SECONDS)
        while True:
            now = time.monotonic()
            taken = self._queue.receive(
                asked.limit, asked.visibility_seconds, now, pid=asked.pid, attempt_id=asked.attempt_id
            )
            if taken or now >= end_mono:
                return taken
            await self._wait_for_a_change(end_mono)

    async def _wait_for_a_change(self, end_mono: float) -> None:
        next_mono = self._queue.next_change_mono()
        until_mono = end_mono if next_mono is None else min(end_mono, next_mono)
        try:
            await asyncio.wait_for(self._change.wait(), max(0.0, until_mono - time.monotonic()))
        except TimeoutError:
            return  # what was waited for is the time itself
