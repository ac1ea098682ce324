"""What turns taken in pairs say: ratios of neighbours, their median and their quartiles. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import quantiles


@dataclass(frozen=True, slots=True)
class Tally:
    """What a contender had done at one instant, by the account of whoever counts it.

    ``server_cpu_seconds`` is what its server had taken, 0 where there is none.
    """

    mono_seconds: float
    messages: int
    server_cpu_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Reading:
    """A tally, and right after it the CPU time of the contender's processes."""

    tally: Tally
    mono_seconds: float
    cpu_seconds: float


@dataclass(frozen=True, slots=True)
class Turn:
    """What one contender did between two readings.

    Messages and CPU time are each divided by their own interval: the two are not read in the same microsecond.
    """

    begin: Reading
    end: Reading

    @property
    def messages(self) -> int:
        """How many were done."""
        return self.end.tally.messages - self.begin.tally.messages

    @property
    def messages_per_second(self) -> float:
        """Throughput."""
        return self.messages / (self.end.tally.mono_seconds - self.begin.tally.mono_seconds)

    @property
    def cpu_share(self) -> float:
        """Cores taken, 1 = one."""
        return (self.end.cpu_seconds - self.begin.cpu_seconds) / (self.end.mono_seconds - self.begin.mono_seconds)

    @property
    def messages_per_cpu_second(self) -> float:
        """Efficiency of all its processes together."""
        return self.messages_per_second / self.cpu_share

    @property
    def server_share(self) -> float:
        """Of the server's core; near 1 the server is the limit, and the throughput not the contender's."""
        taken = self.end.tally.server_cpu_seconds - self.begin.tally.server_cpu_seconds
        return taken / (self.end.tally.mono_seconds - self.begin.tally.mono_seconds)


@dataclass(frozen=True, slots=True)
class Pair:
    """Two turns, one right after the other."""

    ours: Turn
    theirs: Turn

    @property
    def speed_ratio(self) -> float:
        """Our messages a second as a multiple of theirs."""
        return self.ours.messages_per_second / self.theirs.messages_per_second

    @property
    def efficiency_ratio(self) -> float:
        """Our messages a CPU-second as a multiple of theirs."""
        return self.ours.messages_per_cpu_second / self.theirs.messages_per_cpu_second


@dataclass(frozen=True, slots=True)
class Quartiles:
    """The middle of some values, and the middle of either half."""

    lower: float
    median: float
    upper: float


def quartiles(values: Iterable[float]) -> Quartiles:
    """Of one value or more; between two neighbours they are interpolated."""
    known = list(values)
    return Quartiles(*quantiles(known, n=4, method="inclusive")) if len(known) > 1 else Quartiles(*known * 3)
