"""Logs what handlers raise: in full once per kind and minute, counted in between."""

from __future__ import annotations

import threading
import traceback

import structlog

from punctuald.clock import Clock
from punctuald.model import Message

log = structlog.get_logger()

_QUIET_SECONDS = 60.0
_MOST_KINDS = 1000  # a handler that raises from generated code must not grow us without bound


class FailureLog:
    """One a worker; its kinds are the exception's type and the line that raised it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._last_told: dict[tuple[str, str], tuple[float, int]] = {}

    def tell(self, error: BaseException, message: Message) -> None:
        """Log ``error`` with its traceback, unless its kind was logged within the last minute."""
        kind = (type(error).__name__, _origin(error))
        suppressed = self._suppressed(kind)
        if suppressed is not None:
            log.error(
                "handler.failed",
                queue=message.queue,
                message_id=message.id,
                error=kind[0],
                line=kind[1],
                suppressed=suppressed,
                exc_info=(type(error), error, error.__traceback__),
            )

    def _suppressed(self, kind: tuple[str, str]) -> int | None:
        """How many of this kind went unlogged since the last line; None = this one does too."""
        now_mono = self._clock.mono()
        with self._lock:
            told_mono, suppressed = self._last_told.get(kind, (float("-inf"), 0))
            if now_mono - told_mono < _QUIET_SECONDS:
                self._last_told[kind] = (told_mono, suppressed + 1)
                return None
            if len(self._last_told) >= _MOST_KINDS:
                self._last_told.clear()
            self._last_told[kind] = (now_mono, 0)
            return suppressed


def _origin(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    return f"{frames[-1].filename}:{frames[-1].lineno}" if frames else "unknown"
