"""Brings micro-batches that are over from handlers' threads to the worker's event loop.

The threads share two things with the loop: a deque, which CPython appends to and takes from in one step, and a flag
that says that the loop was woken already. All batches that end before the loop looks share one wake-up.
"""

from __future__ import annotations

import asyncio
from collections import deque

from .micro_batch import MicroBatch
from .runner import OnEnded


class Results:
    """Made on the worker's event loop. `put` and `fail` are for handlers' threads, everything else is for the loop.

    ``idle`` is how many more micro-batches may be begun. Whoever begins one subtracts it; one that is over is added.
    """

    def __init__(self, slots: int) -> None:
        self.idle = slots
        self._loop = asyncio.get_running_loop()
        self._over: deque[MicroBatch] = deque()
        self._woken = False
        self._on_ended: OnEnded | None = None

    def start(self, on_ended: OnEnded) -> None:
        """Call ``on_ended`` with micro-batches that are over, from now on."""
        self._on_ended = on_ended

    def put(self, batch: MicroBatch) -> None:
        """``batch`` is over, and its slot is free for another."""
        self._over.append(batch)
        if not self._woken:
            self._woken = True
            self._loop.call_soon_threadsafe(self._take)

    def fail(self, error: BaseException, message: str) -> None:
        """A fault of our own ended a thread: the worker must not go on without it."""
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
