"""Arrivals by equal spans of time, and what can be done to them before a replay."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from punctuald.errors import ConfigurationError

from .stamps import Seconds


@dataclass(frozen=True, slots=True)
class Trace:
    """``arrivals[n]`` messages were sent in the ``bin_seconds`` after ``begin_seconds + n * bin_seconds``.

    ``begin_seconds`` counts from ``origin_utc``, or from a Monday's midnight for a trace that knows no date.
    ``rescaled``: the arrivals are rates, no longer counts.
    """

    name: str
    arrivals: Seconds = field(repr=False)
    bin_seconds: float
    begin_seconds: float = 0.0
    origin_utc: float | None = None
    rescaled: bool = False

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return len(self.arrivals) * self.bin_seconds

    @property
    def rate_per_second(self) -> float:
        """The mean rate."""
        return float(self.arrivals.sum()) / self.seconds

    def between(self, from_seconds: float, until_seconds: float) -> Trace:
        """The part between two offsets from its begin, in whole bins. Raises `ConfigurationError` where none is."""
        first = max(0, round(from_seconds / self.bin_seconds))
        last = min(len(self.arrivals), round(until_seconds / self.bin_seconds))
        if first >= last:
            raise ConfigurationError(
                f"{self.name}: nothing between {from_seconds:g} s and {until_seconds:g} s; it lasts {self.seconds:g} s"
            )
        begin_seconds = self.begin_seconds + first * self.bin_seconds
        return replace(self, arrivals=self.arrivals[first:last], begin_seconds=begin_seconds)

    def binned(self, seconds: float) -> Trace:
        """With bins of ``seconds``, a multiple of what they are; raises `ConfigurationError` for another."""
        factor = round(seconds / self.bin_seconds)
        if factor < 1 or abs(factor * self.bin_seconds - seconds) > 1e-6:  # noqa: PLR2004 - a rounding error
            raise ConfigurationError(
                f"{self.name}: has bins of {self.bin_seconds:g} s; {seconds:g} s is not a whole number of them"
            )
        arrivals = np.add.reduceat(self.arrivals, np.arange(0, len(self.arrivals), factor))
        return replace(self, arrivals=arrivals, bin_seconds=seconds)

    def times(self, factor: float) -> Trace:
        """With ``factor`` times the rate."""
        return replace(self, arrivals=self.arrivals * factor, rescaled=True)

    def at_load(self, workers: float, worker_per_second: float) -> Trace:
        """With the mean rate that keeps ``workers`` busy, each of which handles ``worker_per_second``."""
        if self.arrivals.sum() == 0:
            raise ConfigurationError(f"{self.name}: holds no arrivals, so it can't be scaled to a load")
        return self.times(workers * worker_per_second / self.rate_per_second)

    def begin_utc(self, midnight_utc: float) -> float:
        """When its first bin begins, where second 0 of a trace without a date is ``midnight_utc``."""
        return (midnight_utc if self.origin_utc is None else self.origin_utc) + self.begin_seconds


def trace_of_arrivals(name: str, arrivals: Mapping[int, int]) -> Trace:
    """A trace of ``arrivals``: messages by second since the epoch, at least one."""
    first = min(arrivals)
    counts = np.zeros(max(arrivals) - first + 1)
    for second, count in arrivals.items():
        counts[second - first] = count
    return Trace(name, counts, 1.0, origin_utc=float(first))
