"""Waits of a loop: until its time, or until somebody wants it sooner."""

from __future__ import annotations

import asyncio
from contextlib import suppress


class Pause:
    """For one waiting task."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def end(self) -> None:
        """Let the wait that is under way, or the next one, end at once."""
        self._event.set()

    async def wait(self, seconds: float) -> None:
        """So long at the most."""
        with suppress(TimeoutError):
            async with asyncio.timeout(max(seconds, 0)):
                await self._event.wait()
        self._event.clear()
