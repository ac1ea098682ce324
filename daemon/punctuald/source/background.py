"""A task that runs beside a source's calls for as long as the source is there."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any


def in_the_background(coroutine: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
    """Run it; whoever gets the task keeps it. What it raises goes to the loop's exception handler at once, for nobody
    awaits it, and a source must not go on with a part less."""
    loop = asyncio.get_running_loop()
    task = loop.create_task(coroutine)

    def ended(task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            loop.call_exception_handler({"message": "a source's own task failed", "exception": error, "task": task})

    task.add_done_callback(ended)
    return task
