"""Tasks of ours on the event loop: none is collected before its end, and no error of one goes unnoticed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar

Job = TypeVar("Job")


class Tasks:
    """Needed because the loop keeps only weak references to tasks, and reports their errors only when they are
    collected."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._tasks: set[asyncio.Task[Any]] = set()

    def __len__(self) -> int:
        return len(self._tasks)

    def start(self, coroutine: Coroutine[Any, Any, None]) -> None:
        """Run it. What it raises goes to the loop's exception handler at once, which ends the worker."""
        task = self._loop.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def cancel(self) -> None:
        """End them where they are: the process is about to end."""
        for task in tuple(self._tasks):
            task.cancel()

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._loop.call_exception_handler({"message": "a task of ours failed", "exception": error, "task": task})


class TaskPool(Generic[Job]):
    """Tasks that stay and take one job after the other: a new task for each call would cost half as much as a message.

    There are as many as were ever busy at once. They are kept in a `Tasks`, so their errors are reported too. ``after``
    is called after each job, when its task is idle again.
    """

    def __init__(self, work: Callable[[Job], Coroutine[Any, Any, None]], after: Callable[[], None]) -> None:
        self._work = work
        self._after = after
        self._tasks = Tasks()
        self._loop = asyncio.get_running_loop()
        self._resting: list[asyncio.Future[Job]] = []
        self._idle: asyncio.Future[None] | None = None
        self.busy = 0

    def start(self, job: Job) -> None:
        """Have ``job`` done by an idle task, or by a new one."""
        self.busy += 1
        while self._resting:
            rest = self._resting.pop()
            if not rest.done():
                rest.set_result(job)
                return
        self._tasks.start(self._live(job))

    async def wait(self, timeout_seconds: float) -> bool:
        """Wait until none is busy; False where ``timeout_seconds`` passed first."""
        if self.busy == 0:
            return True
        if self._idle is None or self._idle.done():
            self._idle = self._loop.create_future()
        await asyncio.wait((self._idle,), timeout=timeout_seconds)
        return self.busy == 0

    def cancel(self) -> None:
        """End them where they are: the process is about to end."""
        self._tasks.cancel()

    async def _live(self, job: Job) -> None:
        while True:
            await self._work(job)
            self.busy -= 1
            rest: asyncio.Future[Job] = self._loop.create_future()
            self._resting.append(rest)
            self._after()
            if self.busy == 0 and self._idle is not None and not self._idle.done():
                self._idle.set_result(None)
            job = await rest
