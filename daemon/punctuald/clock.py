"""The only reader of time.

Durations are measured on the monotonic clock, points in time are UTC seconds since the epoch; a name that holds one
says which (``lease_until_mono``, ``sent_utc``). Whatever needs time takes a `Clock`, so that tests can turn it by hand.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Where time comes from."""

    def mono(self) -> float:
        """Seconds on a clock that never jumps (CLOCK_MONOTONIC: one clock for all processes of a machine)."""
        ...

    def utc(self) -> float:
        """Seconds since the epoch, as this machine believes; may jump."""
        ...

    def cpu(self) -> float:
        """Seconds of CPU that this process used, all its threads together."""
        ...


class SystemClock:
    """The machine's own clocks."""

    mono = staticmethod(time.monotonic)
    utc = staticmethod(time.time)
    cpu = staticmethod(time.process_time)


def iso_utc(utc: float) -> str:
    """A point in time as fields of the log have it: ISO 8601, in milliseconds, with «Z»."""
    return datetime.fromtimestamp(utc, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class ManualClock:
    """A clock that stands still until it is moved; both of its faces move together."""

    def __init__(self, *, mono: float = 1_000.0, utc: float = 1_700_000_000.0) -> None:
        self._mono = mono
        self._utc = utc

    def mono(self) -> float:
        """See `Clock.mono`."""
        return self._mono

    def utc(self) -> float:
        """See `Clock.utc`."""
        return self._utc

    def cpu(self) -> float:
        """See `Clock.cpu`; none is used here."""
        return 0.0

    def advance(self, seconds: float) -> None:
        """Let ``seconds`` pass."""
        self._mono += seconds
        self._utc += seconds

    def jump_utc(self, seconds: float) -> None:
        """Set the wall clock by hand, as NTP or an operator does: no time passes."""
        self._utc += seconds
