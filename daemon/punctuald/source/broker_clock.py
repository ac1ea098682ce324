"""How far this machine's clock is from the broker's, told from the Date header of its answers.

A message's time in the queue is `received - sent`, and `sent` is on the broker's clock: a machine that is a minute off
would report a minute of latency that nobody had, or hide one. So `received` is moved to the broker's clock as well.
"""

from __future__ import annotations

import threading
from email.utils import parsedate_to_datetime
from functools import lru_cache

import structlog

from punctuald.clock import Clock

TOLERATED_SKEW_SECONDS = 2.0
"""Below this the difference is not told from noise: the header counts whole seconds and the answer travels."""

_HALF_HEADER_RESOLUTION_SECONDS = 0.5

log = structlog.get_logger()


class BrokerClock:
    """What time it is at one queue's broker, when an answer arrives."""

    def __init__(self, queue: str, clock: Clock) -> None:
        self._queue = queue
        self._clock = clock
        self._reported_skew_seconds = 0.0
        self._lock = threading.Lock()

    def answered_utc(self, date_header: str | None) -> float:
        """Now, for an answer with this Date header (RFC 9110, 5.6.7): our own clock, corrected if it is clearly off."""
        now_utc = self._clock.utc()
        skew_seconds = seconds_off(date_header, now_utc)
        self._report_change(skew_seconds)
        return now_utc + skew_seconds

    def _report_change(self, skew_seconds: float) -> None:
        with self._lock:
            if abs(skew_seconds - self._reported_skew_seconds) <= TOLERATED_SKEW_SECONDS:
                return
            self._reported_skew_seconds = skew_seconds
        log.warning("source.clock_skewed", queue=self._queue, skew_seconds=round(skew_seconds, 1))


def seconds_off(date_header: str | None, now_utc: float) -> float:
    """Broker's time minus ours; 0.0 where it is small, or where the header is missing or unreadable."""
    broker_utc = _parse(date_header) if date_header else None
    skew_seconds = 0.0 if broker_utc is None else broker_utc - now_utc
    return skew_seconds if abs(skew_seconds) > TOLERATED_SKEW_SECONDS else 0.0


@lru_cache(maxsize=4)  # under load many answers bear the same second, and the standard library parses it as an e-mail's
def _parse(date_header: str) -> float | None:
    try:
        return parsedate_to_datetime(date_header).timestamp() + _HALF_HEADER_RESOLUTION_SECONDS
    except ValueError:
        return None
