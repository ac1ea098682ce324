"""Whether a worker is to end, with which status, and whether there is time for it."""

from __future__ import annotations

import asyncio


class Leaving:
    """Said by whoever has a reason, the worst status wins; awaited by the worker."""

    def __init__(self) -> None:
        self._status: int | None = None
        self._said = asyncio.Event()
        self.is_fast = False
        """There is no time to finish what runs."""

    @property
    def status(self) -> int | None:
        """What to exit with; None while there is no reason to."""
        return self._status

    def leave(self, status: int, *, fast: bool = False) -> None:
        """End the worker. The first status other than 0 stays."""
        self._status = self._status or status
        self.is_fast = self.is_fast or fast
        self._said.set()

    async def wait(self) -> None:
        """Until there is a reason."""
        await self._said.wait()
