"""Tasks of ours on the event loop: none is forgotten, and none fails unheard."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any


class Tasks:
    """The loop itself keeps only weak references to tasks, and tells of their errors when they are collected."""

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

    async def wait(self, timeout_seconds: float) -> bool:
        """Wait until all that run now have ended; False where ``timeout_seconds`` passed first."""
        if not self._tasks:
            return True
        _, running = await asyncio.wait(tuple(self._tasks), timeout=timeout_seconds)
        return not running

    def cancel(self) -> None:
        """End them where they are: the process is about to end."""
        for task in tuple(self._tasks):
            task.cancel()

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._loop.call_exception_handler({"message": "a task of ours failed", "exception": error, "task": task})
