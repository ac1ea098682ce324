"""How long handlers take: by a law, or as a real daemon logged it."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import log, sqrt
from typing import Protocol

import numpy as np

from .stamps import Seconds


class ServiceTimes(Protocol):
    """How long handlers take."""

    @property
    def mean_seconds(self) -> float:
        """The mean."""
        ...

    def draw(self, count: int, rng: np.random.Generator) -> Seconds:
        """``count`` independent service times."""
        ...


@dataclass(frozen=True, slots=True)
class Lognormal:
    """Service times with this mean and this coefficient of variation (0 = all the same)."""

    mean_seconds: float = 0.2
    variation: float = 1.0

    def draw(self, count: int, rng: np.random.Generator) -> Seconds:
        """See `ServiceTimes.draw`."""
        variance = log(1 + self.variation**2)
        return rng.lognormal(log(self.mean_seconds) - variance / 2, sqrt(variance), count)


@dataclass(frozen=True, slots=True)
class Measured:
    """Service times drawn from those that a real daemon logged."""

    seconds: tuple[float, ...] = field(repr=False)

    @property
    def mean_seconds(self) -> float:
        """See `ServiceTimes.mean_seconds`."""
        return sum(self.seconds) / len(self.seconds)

    def draw(self, count: int, rng: np.random.Generator) -> Seconds:
        """See `ServiceTimes.draw`."""
        return rng.choice(np.asarray(self.seconds), count)
