"""Handler threads on the running loop, and what came back of them: real threads, bounded waits, no sleeps."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from doubles.delivery.deliveries import Words
from punctuald.clock import SystemClock
from punctuald.delivery.run.handler_threads import HandlerThreads, Work
from punctuald.delivery.run.micro_batch import MicroBatch
from punctuald.model import Message
from punctuald.ports import HandlerPort

PATIENCE_SECONDS = 20.0


class Threads:
    """Handler threads on the running loop, and what came back of them."""

    def __init__(self, handler: HandlerPort, slots: int = 2) -> None:
        self.words = [Words() for _ in range(slots)]
        self.failures: list[str] = []
        self.wake_ups: list[list[MicroBatch]] = []
        self.errors: list[BaseException] = []
        self.came = asyncio.Event()
        self.runner = HandlerThreads({0: Work("orders", handler, 5.0)}, self.words, SystemClock(), self._failed)
        asyncio.get_running_loop().set_exception_handler(self._broke)
        self.runner.start(self._ended)

    async def until(self, is_so: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not is_so():
                self.came.clear()
                await self.came.wait()

    @property
    def over(self) -> list[MicroBatch]:
        return [batch for batches in self.wake_ups for batch in batches]

    def _ended(self, batches: Sequence[MicroBatch]) -> None:
        self.wake_ups.append(list(batches))
        self.came.set()

    def _failed(self, error: BaseException, message: Message) -> None:
        self.failures.append(f"{message.id}: {error}")

    def _broke(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        self.errors.append(context["exception"])
        self.came.set()
