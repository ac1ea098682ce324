"""Square-root staffing: as many slots as the load needs, and a margin for its random variation.

``slots = R + beta * sqrt(R)`` with the load ``R = rate * service time``; of many slots a share of ``1 / (1 + beta *
Phi(beta) / phi(beta))`` of the messages then waits at all. The rate is that of the last 30 s, known exactly.

Source: Halfin and Whitt, "Heavy-traffic limits for queues with many exponential servers", Operations Research 29
(1981); Janssen, van Leeuwaarden and Zwart, "Refining square-root safety staffing", Operations Research 59 (2011).
It has no default: beta = 1 lets 22 % wait.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, sqrt

from punctuald.policy.scaling.demand import ASSUMED_SERVICE_SECONDS
from punctuald.simulate.scalers.scaler import Sight

from .recent import Recent
from .recipe import Recipe, grid

RATE_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class SquareRootSettings:
    """``beta``: the margin, in standard deviations of the number of busy slots."""

    beta: float = 1.0

    @property
    def label(self) -> str:
        """See `Recipe.label`."""
        return f"beta {self.beta:g}"

    def scaler(self) -> SquareRoot:
        """See `Recipe.scaler`."""
        return SquareRoot(self)


class SquareRoot:
    """The law."""

    name = "square root"
    tick_seconds = 1.0

    def __init__(self, settings: SquareRootSettings) -> None:
        self._settings = settings
        self._sent: Recent[int] = Recent(RATE_SECONDS)

    def workers(self, sight: Sight) -> int:
        """See `Scaler.workers`."""
        self._sent.note(sight.now_seconds, sight.sent)
        service = sight.mean_service_seconds or ASSUMED_SERVICE_SECONDS
        load = self._sent.mean / sight.tick_seconds * service
        return max(1, ceil((load + self._settings.beta * sqrt(load)) / sight.slots))


def variants() -> tuple[Recipe, ...]:
    """Four margins."""
    return grid(SquareRootSettings(), (SquareRootSettings(beta) for beta in (0.5, 1.0, 2.0, 4.0)))
