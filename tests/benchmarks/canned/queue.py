"""The queue behind the canned server: a budget of messages, receivers that wait for them, and counters."""

from __future__ import annotations

import asyncio
import time
from collections import Counter, deque
from collections.abc import Callable

from benchmarks.canned.stock import Stock

Reply = Callable[[bytes], None]


class Waiting:
    """A long poll: answered once, by messages or by its timer."""

    __slots__ = ("limit", "reply", "timer", "wants_sent")

    def __init__(self, reply: Reply, limit: int, *, wants_sent: bool) -> None:
        self.reply: Reply | None = reply
        self.limit = limit
        self.wants_sent = wants_sent
        self.timer: asyncio.TimerHandle | None = None


class CannedQueue:
    """Hands out each message once: nothing comes back, so what it counts is what the consumer did."""

    def __init__(self, stock: Stock) -> None:
        self._stock = stock
        self._waiting: deque[Waiting] = deque()
        self._budget = 0
        self.deleted = 0
        self.calls: Counter[str] = Counter()
        self.available_ns: list[int] = []  # light load only: when each message could first be received

    @property
    def handed(self) -> int:
        """Messages given to a receiver."""
        return self._stock.handed

    @property
    def visible(self) -> int:
        """Messages that wait."""
        return self._budget - self._stock.handed

    def allow(self, count: int) -> None:
        """Let so many more messages be received."""
        self._budget += count
        self._serve_waiting()

    def drip(self, interval_seconds: float, count: int) -> None:
        """One message after each interval, ``count`` in all, whose times are kept."""
        loop = asyncio.get_running_loop()
        begin = loop.time()
        for number in range(1, count + 1):
            loop.call_at(begin + number * interval_seconds, self._drop)

    def receive(self, reply: Reply, limit: int, wait_seconds: float, *, wants_sent: bool) -> None:
        """Answer at once if there is something, else when there is or the time is over."""
        waiting = Waiting(reply, limit, wants_sent=wants_sent)
        if self.visible > 0 or wait_seconds <= 0:
            self._answer(waiting)
            return
        waiting.timer = asyncio.get_running_loop().call_later(wait_seconds, self._answer, waiting)
        self._waiting.append(waiting)

    def receive_nothing(self, reply: Reply, wait_seconds: float) -> None:
        """A long poll on a queue that is always empty."""
        asyncio.get_running_loop().call_later(wait_seconds, reply, b"{}")

    def _drop(self) -> None:
        self.available_ns.append(time.monotonic_ns())
        self.allow(1)

    def _serve_waiting(self) -> None:
        while self._waiting and self.visible > 0:
            self._answer(self._waiting.popleft())

    def _answer(self, waiting: Waiting) -> None:
        reply, waiting.reply = waiting.reply, None
        if reply is None:
            return  # its time was over before, and it was answered then
        if waiting.timer is not None:
            waiting.timer.cancel()
        count = min(waiting.limit, self.visible)
        if count <= 0:
            reply(b"{}")
            return
        sent_ms = int(time.time() * 1000) if waiting.wants_sent else None
        reply(b'{"Messages":[' + self._stock.take(count, sent_ms) + b"]}")
