"""One run, measured against its objective and against the plan that knew everything."""

from __future__ import annotations

from dataclasses import dataclass

from punctuald.simulate.engine.result import Result

from .clairvoyant import Clairvoyant


@dataclass(frozen=True, slots=True)
class MeasuredRun:
    """A run and what it is held against. ``objective`` is the share that each tier has to have in time.

    ``clairvoyant`` is None where that plan was not worked out.
    """

    result: Result
    objective: float
    clairvoyant: Clairvoyant | None = None

    @property
    def kept(self) -> bool:
        """Whether every tier's objective was met."""
        return all(tier.compliance >= self.objective for tier in self.result.tiers)

    @property
    def results(self) -> tuple[Result, ...]:
        """The run, and the replay of the clairvoyant plan where there is one."""
        return (self.result,) if self.clairvoyant is None else (self.result, self.clairvoyant.result)

    def of_clairvoyant(self, result: Result) -> float | None:
        """One of ``results`` in worker-seconds, as a multiple of the clairvoyant plan's; None where there is none."""
        return None if self.clairvoyant is None else self.clairvoyant.cost_of(result)
