"""The hooks of all modules whose handlers one worker runs."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence

from .module_life import ModuleLife

STOP_SECONDS = 5.0
"""On top of the drain time, for all of them together: they run at the same time."""


class Hooks:
    """``modules`` do not know one another."""

    def __init__(self, modules: Sequence[ModuleLife]) -> None:
        self._modules = modules

    def start(self) -> None:
        """Begin with every module; its queues begin when its ``on_start`` is done."""
        for module in self._modules:
            module.start()

    def leave(self) -> None:
        """The worker is about to end: what has not started yet never will."""
        for module in self._modules:
            module.leave()

    async def stop(self, busy: Collection[str], *, stuck: bool) -> None:
        """Call each ``on_stop`` that may be: none beside a handler that is ``stuck``, and none of a module of which a
        handler still runs, which the ``busy`` queues say."""
        stopping = {}
        for module in self._modules:
            if stuck or set(module.queues) & set(busy):
                module.skip_stop("a handler is stuck" if stuck else "a handler still runs")
            else:
                stopping[asyncio.ensure_future(module.stop())] = module
        if stopping:
            done, overdue = await asyncio.wait(stopping, timeout=STOP_SECONDS)
            for task in done:
                task.result()
            for task in overdue:
                stopping[task].stop_overdue(STOP_SECONDS)
                task.cancel()
