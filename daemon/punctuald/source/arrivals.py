"""How a receive waits for messages: until something changes, or its own time has come."""

from __future__ import annotations

import asyncio


class Arrivals:
    """Those who wait for a change on one event loop; any number at once, woken in the order of their coming."""

    def __init__(self) -> None:
        self._waiting: dict[asyncio.Future[None], None] = {}

    def announce(self) -> None:
        """Something changed: let all who wait look again."""
        for waiting in self._waiting:
            _wake(waiting)

    async def wait(self, seconds: float) -> None:
        """Wait for the next `announce`, at most ``seconds`` (by the loop's own clock)."""
        loop = asyncio.get_running_loop()
        waiting = loop.create_future()
        timer = loop.call_later(seconds, _wake, waiting)
        self._waiting[waiting] = None
        try:
            await waiting
        finally:
            timer.cancel()
            del self._waiting[waiting]


def _wake(waiting: asyncio.Future[None]) -> None:
    if not waiting.done():
        waiting.set_result(None)
