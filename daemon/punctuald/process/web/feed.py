"""What the observer's loop publishes each second, and the viewers' event loop, in another thread, waits for."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from punctuald.view.dashboard.past_interval import PastInterval


@dataclass(frozen=True, slots=True)
class News:
    """Nothing of it is changed after it was published. ``number`` counts what is published, from 1 on; ``intervals``
    is the same object as long as none came. ``changes`` are the autoscaler's decisions, each different from the one
    before it."""

    number: int
    status: Mapping[str, Any]
    intervals: Sequence[PastInterval]
    changes: Sequence[Mapping[str, Any]]


class Feed:
    """`publish` and `is_wanted` are for the observer's thread and never wait; all else is for the event loop that
    `open` was called on."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._news: News | None = None
        self._arrived = asyncio.Event()
        self._viewers = 0

    @property
    def is_wanted(self) -> bool:
        """Whether anybody looks."""
        return self._viewers > 0

    def publish(self, news: News) -> None:
        """To all who wait now."""
        self._news = news
        if self._loop is not None:
            with suppress(RuntimeError):  # the loop is closed: the page's thread has ended
                self._loop.call_soon_threadsafe(self._wake)

    def open(self) -> None:
        """From the event loop that viewers are on."""
        self._loop = asyncio.get_running_loop()

    def enter(self) -> None:
        """One more looks. The first one waits for what comes next: what was published last may be hours old."""
        if not self._viewers:
            self._news = None
        self._viewers += 1

    def leave(self) -> None:
        """One less."""
        self._viewers -= 1

    async def after(self, number: int) -> News:
        """The newest, as soon as it is newer than that; what came between is skipped."""
        while self._news is None or self._news.number <= number:
            await self._arrived.wait()
        return self._news

    def _wake(self) -> None:
        arrived, self._arrived = self._arrived, asyncio.Event()
        arrived.set()
