"""Made-up traces, each with one kind of trouble."""

from __future__ import annotations

from collections.abc import Callable
from math import pi

import numpy as np

from punctuald.policy.delivery.tiers import DAY_SECONDS

from .stamps import HOUR_SECONDS, Seconds
from .trace import Trace

BURST_SECONDS = 60
OUTAGE_SECONDS = 1_800
DROP_SECONDS = 10

# How far the shapes below rise above their mean: DAY_SWING as a share of it, the others as multiples.
DAY_SWING = 0.7
BURST_FACTOR = 3.0
DROP_FACTOR = 30.0


def synthetic(kind: str, *, seconds: int = DAY_SECONDS, seed: int = 1) -> Trace:
    """A trace of one of `KINDS`, with a mean near one message a second: scale it to the load that is wanted."""
    rng = np.random.default_rng((seed, 6))
    return Trace(kind, KINDS[kind](np.arange(seconds, dtype=float), rng), 1.0, rescaled=True)


def _diurnal(second: Seconds, _rng: np.random.Generator) -> Seconds:
    """A day's swing: least at 02:00, most at 14:00."""
    rate: Seconds = 1 + DAY_SWING * np.sin(2 * pi * (second / DAY_SECONDS - 8 / 24))
    return rate


def _bursts(second: Seconds, rng: np.random.Generator) -> Seconds:
    """The day's swing and, at random about once an hour, a minute at several times the mean."""
    rate = _diurnal(second, rng)
    for begin in rng.uniform(0, len(second), max(1, len(second) // HOUR_SECONDS)):
        rate[int(begin) : int(begin) + BURST_SECONDS] += BURST_FACTOR
    return rate


def _outage(second: Seconds, rng: np.random.Generator) -> Seconds:
    """The producer is down for half an hour, and then sends all that it kept at three times its rate."""
    rate = _diurnal(second, rng)
    begin = len(second) // 2
    length = min(OUTAGE_SECONDS, len(second) // 8)
    kept = float(rate[begin : begin + length].sum())
    rate[begin : begin + length] = 0
    after = slice(begin + length, begin + length + length // 2)
    rate[after] += kept / max(1, length // 2)
    return rate


def _drop(second: Seconds, rng: np.random.Generator) -> Seconds:
    """A bulk drop in ten seconds, half a minute before the daemon's default tier turns from 10 s to 3 s at 08:00.

    In a trace that is shorter than that, in its middle.
    """
    rate = _diurnal(second, rng)
    edge = 8 * HOUR_SECONDS if len(second) > 8 * HOUR_SECONDS else len(second) // 2
    rate[max(0, edge - 30) : max(0, edge - 30) + DROP_SECONDS] += DROP_FACTOR
    return rate


KINDS: dict[str, Callable[[Seconds, np.random.Generator], Seconds]] = {
    "diurnal": _diurnal,
    "bursts": _bursts,
    "outage": _outage,
    "drop": _drop,
}
