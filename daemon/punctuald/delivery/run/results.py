"""Brings micro-batches that are over from handlers' threads to the worker's event loop.

What the threads share with the loop is a deque, of which to take one end is one step to CPython, and a flag that says
that the loop was woken already: all batches that end before it comes to look share one wake-up.
"""

from __future__ import annotations

import asyncio
from collections import deque

from .micro_batch import MicroBatch
from .runner import OnEnded


class Results:
    """Made on the worker's event loop. `put` and `fail` are for handlers' threads, everything else is for the loop.

    ``idle`` is how many more micro-batches may be begun: one begun is to be taken from it, one that is over comes back.
    """

    def __init__(self, slots: int) -> None:
        self.idle = slots
        self._loop = asyncio.get_running_loop()
        self._over: deque[MicroBatch] = deque()
        self._woken = False
        self._on_ended: OnEnded | None = None

    def start(self, on_ended: OnEnded) -> None:
        """Have what is over come there."""
        self._on_ended = on_ended

    def put(self, batch: MicroBatch) -> None:
        """It is over, and what it took is free for another."""
        self._over.append(batch)
        if not self._woken:
            self._woken = True
            self._loop.call_soon_threadsafe(self._take)

    def fail(self, error: BaseException, message: str) -> None:
        """A fault of our own: the worker must not go on with a part less."""
        context = {"message": message, "exception": error}
        self._loop.call_soon_threadsafe(self._loop.call_exception_handler, context)

    def _take(self) -> None:
        self._woken = False  # before the look: what is put after it wakes the loop again
        ended: list[MicroBatch] = []
        while self._over:
            ended.append(self._over.popleft())
        self.idle += len(ended)
        if self._on_ended is not None:
            self._on_ended(ended)
