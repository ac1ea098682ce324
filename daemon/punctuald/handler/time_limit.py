"""A coroutine's time limit, of the time in which it could run."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Self

from punctuald.policy.pool.standstill import LostSeconds


class TimeLimit:
    """As `asyncio.timeout` is, but time in which the whole process stood still (``lost_seconds``) is not counted.
    ``seconds`` 0 = no limit."""

    def __init__(self, seconds: float, lost_seconds: LostSeconds) -> None:
        self._seconds = seconds
        self._lost_seconds = lost_seconds
        self._timeout = asyncio.timeout(None)
        self._timer: asyncio.TimerHandle | None = None
        self._begun_mono = 0.0

    async def __aenter__(self) -> Self:
        """See `asyncio.timeout`."""
        await self._timeout.__aenter__()
        if self._seconds:
            loop = asyncio.get_running_loop()
            self._begun_mono = loop.time()
            self._timer = loop.call_later(self._seconds, self._look, loop)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """See `asyncio.timeout`."""
        if self._timer is not None:
            self._timer.cancel()
        await self._timeout.__aexit__(kind, error, trace)

    def expired(self) -> bool:
        """Whether it was passed."""
        return self._timeout.expired()

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        now_mono = loop.time()
        left_seconds = self._begun_mono + self._seconds + self._lost_seconds(self._begun_mono, now_mono) - now_mono
        if left_seconds > 0:
            self._timer = loop.call_later(left_seconds, self._look, loop)
        else:
            self._timeout.reschedule(now_mono)
