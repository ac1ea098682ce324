"""Blocking calls on threads of their own, for an event loop that must never wait.

The loop's default executor is never used: `asyncio.run` waits for its threads at the end, and one kind of call would
stand in front of another there. All threads here are daemons: nothing has to be joined at exit.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any, NamedTuple, TypeVar

ResultT = TypeVar("ResultT")


class _Job(NamedTuple):
    call: Callable[[], Any]
    outcome: asyncio.Future[Any]


class _Done(NamedTuple):
    outcome: asyncio.Future[Any]
    result: Any
    error: BaseException | None


def in_a_thread(name: str, call: Callable[[], ResultT]) -> asyncio.Future[ResultT]:
    """Run ``call`` once, in a new thread: for what is done seldom and may take long, as look-ups do."""
    threads = BlockingThreads(name, most=1)
    outcome = threads.run(call)
    threads.close()
    return outcome


class BlockingThreads:
    """At most ``most`` threads, started when there is more to do than threads to do it. Used by one loop.

    A call that is no longer waited for (a cancelled future) is not interrupted; its result is dropped.
    """

    def __init__(self, name: str, most: int) -> None:
        self._name = name
        self._most = most
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._done: deque[_Done] = deque()
        self._delivery_is_due = False
        self._threads = 0
        self._under_way = 0

    def run(self, call: Callable[[], ResultT]) -> asyncio.Future[ResultT]:
        """Have ``call`` run in one of the threads; what it returns or raises. From the loop's thread only.

        Raises RuntimeError where no thread can be started and there is none that could take it.
        """
        loop = asyncio.get_running_loop()
        if self._under_way >= self._threads < self._most:
            self._start_thread(loop)
        outcome: asyncio.Future[ResultT] = loop.create_future()
        self._under_way += 1
        self._jobs.put(_Job(call, outcome))
        return outcome

    def close(self) -> None:
        """Let each thread end after what is queued now; does not wait for it. Nothing may be run afterwards."""
        for _ in range(self._threads):
            self._jobs.put(None)

    def _start_thread(self, loop: asyncio.AbstractEventLoop) -> None:
        try:
            threading.Thread(target=self._work, args=(loop,), name=self._name, daemon=True).start()
        except RuntimeError:
            if self._threads == 0:
                raise
        else:
            self._threads += 1

    def _work(self, loop: asyncio.AbstractEventLoop) -> None:
        while (job := self._jobs.get()) is not None:
            self._done.append(_run(job))
            if self._delivery_is_due:
                continue
            self._delivery_is_due = True
            try:
                loop.call_soon_threadsafe(self._deliver)
            except RuntimeError:  # the loop is closed: nobody is left who could want the result
                return

    def _deliver(self) -> None:
        """All results that are there, in one wake-up of the loop."""
        self._delivery_is_due = False  # before looking: what is done from now on announces itself again
        while self._done:
            outcome, result, error = self._done.popleft()
            self._under_way -= 1
            if outcome.done():  # cancelled
                continue
            if error is not None:
                outcome.set_exception(error)
            else:
                outcome.set_result(result)


def _run(job: _Job) -> _Done:
    try:
        return _Done(job.outcome, job.call(), None)
    except BaseException as error:  # noqa: BLE001  # raised again where the result is awaited
        return _Done(job.outcome, None, error)
