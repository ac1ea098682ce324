"""Moments as whole numbers, so that a heap of slots needs no objects.

A stamp is the microseconds since the trace's begin, times 1,024, plus a worker's index in the lowest ten bits. Stamps
sort by their moments; adding a span (a stamp whose low bits are zero) keeps the worker. Measured on one core: a heap of
tuples (seconds, worker) takes 0.6 to 0.8 µs a message, one of stamps 0.5 µs.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

PLACE_BITS = 10
PLACE_MASK = (1 << PLACE_BITS) - 1
SECOND = 1_000_000 << PLACE_BITS
HOUR_SECONDS = 3_600

Stamps: TypeAlias = npt.NDArray[np.int64]
Seconds: TypeAlias = npt.NDArray[np.float64]


def stamp(seconds: float) -> int:
    """The moment as a stamp of no worker."""
    return round(seconds * 1e6) << PLACE_BITS


def stamps(seconds: Seconds) -> Stamps:
    """Many moments at once."""
    return np.rint(seconds * 1e6).astype(np.int64) << PLACE_BITS


def seconds_of(stamp_: int) -> float:
    """The stamp's moment, in seconds."""
    return (stamp_ >> PLACE_BITS) / 1e6


def in_seconds(stamps_: Stamps) -> Seconds:
    """The moments of many stamps, in seconds."""
    moments: Seconds = (stamps_ >> PLACE_BITS) / 1e6
    return moments
