"""Awaits what a handler returned, until there is nothing left to await."""

from __future__ import annotations

import asyncio
from typing import Any

from punctuald.policy.pool.standstill import LostSeconds

from .result import is_awaitable
from .time_limit import TimeLimit

MOST_AWAITED = 10
"""One inside the other; without a bound a coroutine that returns its like would never end."""


def awaited_here(awaitable: Any, time_limit_seconds: float, lost_seconds: LostSeconds) -> Any:
    """What ``awaitable`` comes to, on an event loop that is made for it in this thread; 0 = no time limit.

    For functions that return a coroutine without being declared as one, such as a plain wrapper round an ``async def``.
    Each takes a thread and an event loop of its own, so such a handler should be declared ``async def`` itself. Raises
    what the coroutine raises, and `TimeoutError` past the limit.
    """

    async def within_the_limit() -> Any:
        async with TimeLimit(time_limit_seconds, lost_seconds):
            return await awaited(awaitable)

    return asyncio.run(within_the_limit())


async def awaited(result: Any) -> Any:
    """``result``, awaited as long as it is something to await."""
    for _ in range(MOST_AWAITED):
        if not is_awaitable(result):
            break
        result = await result
    return result
