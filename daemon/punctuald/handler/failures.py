"""Logs what handlers raise: in full once a minute for each kind of exception; others of that kind are counted."""

from __future__ import annotations

import threading
from collections.abc import Callable

from punctuald.clock import Clock
from punctuald.logs import present
from punctuald.logs.exceptions import line_of
from punctuald.logs.limited import LimitedLog
from punctuald.model import Message
from punctuald.policy.log_lines.rate import LogRate

_QUIET_SECONDS = 60.0
_MOST_KINDS = 1000  # a handler that raises from generated code must not grow us without bound


def count_nothing(_queue: str, _kind: str) -> None:
    """Where nobody keeps count."""


class FailureLog:
    """One for each worker. A kind is an exception's type together with the line that raised it. ``count`` is called
    with each: the queue, and the kind as one text. No two threads call it at a time."""

    def __init__(self, clock: Clock, limited: LimitedLog, count: Callable[[str, str], None] = count_nothing) -> None:
        self._clock = clock
        self._limited = limited
        self._count = count
        self._forgotten = 0  # went unlogged, of kinds that are not remembered any more
        limited.also(self._unlogged)
        self._lock = threading.Lock()
        self._rates: dict[tuple[str, str], LogRate] = {}

    def log(self, error: BaseException, message: Message) -> None:
        """Log ``error`` with its traceback, unless its kind was logged within the last minute."""
        kind = (type(error).__name__, line_of(error) or "unknown")
        suppressed = self._suppressed(kind, message.source)
        if suppressed is not None:
            self._limited.error(
                "handler.failed",
                queue=message.source,
                message_id=message.id,
                **present(tenant=message.tenant),
                error=kind[0],
                line=kind[1],
                suppressed=suppressed,
                exc_info=(type(error), error, error.__traceback__),
            )

    def _suppressed(self, kind: tuple[str, str], queue: str) -> int | None:
        """How many of this kind were not logged since the last that was; None = this one is not to be logged either."""
        with self._lock:
            self._count(queue, " ".join(kind))
            if kind not in self._rates and len(self._rates) >= _MOST_KINDS:
                self._forgotten += sum(rate.unlogged(self._clock.mono()) for rate in self._rates.values())
                self._rates.clear()
            rate = self._rates.setdefault(kind, LogRate(1, _QUIET_SECONDS))
            return rate.suppressed(self._clock.mono())

    def _unlogged(self, now_mono: float, after_seconds: float) -> dict[str, int]:
        with self._lock:
            count = sum(rate.unlogged(now_mono, after_seconds) for rate in self._rates.values()) + self._forgotten
            self._forgotten = 0
        return {"handler.failed": count} if count else {}
