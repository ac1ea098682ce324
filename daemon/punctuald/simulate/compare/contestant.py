"""Who takes part in a comparison, and how each is run through one world."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import Protocol

from punctuald.policy.scaling.decide import ScalingRules
from punctuald.simulate.engine.engine import replay
from punctuald.simulate.engine.result import Result
from punctuald.simulate.engine.setup import Setup
from punctuald.simulate.engine.traffic import Traffic, draw_traffic
from punctuald.simulate.rivals.recipe import Recipe
from punctuald.simulate.scalers.ours import Ours
from punctuald.simulate.scalers.scaler import Scaler, Static
from punctuald.simulate.trace.trace import Trace

from .clairvoyant import plan_workers
from .figures import Figures, figures_of, reaches

CLAIRVOYANT = "clairvoyant"
STATIC = "static"


@dataclass(frozen=True, slots=True)
class World:
    """One trace, and what is assumed around it."""

    trace: Trace
    setup: Setup

    @property
    def tightest_seconds(self) -> float:
        """The tightest threshold that is in force at any time of the trace."""
        begin_utc = self.trace.begin_utc(self.setup.tier_times.midnight_utc())
        plan = self.setup.tier_times.plan(begin_utc, self.trace.seconds)
        spans = [tier for begin, tier in zip(plan.begins, plan.tiers, strict=True) if begin < self.trace.seconds]
        return min(plan.thresholds_seconds[tier] for tier in spans)


@dataclass(frozen=True, slots=True)
class Traced:
    """One seed's messages in one world: the same for all who take part."""

    world: World
    seed: int
    traffic: Traffic

    def replay(self, scaler: Scaler) -> Result:
        """What would have become of them."""
        return replay(self.traffic, self.world.trace, self.world.setup, scaler, self.seed)


def drawn(world: World, seed: int) -> Traced:
    """The messages of one seed."""
    return Traced(world, seed, draw_traffic(world.trace, world.setup, seed))


class Contestant(Protocol):
    """One row of the comparison."""

    @property
    def name(self) -> str:
        """The law."""
        ...

    @property
    def label(self) -> str:
        """Its settings."""
        ...

    def run(self, traced: Traced) -> Figures:
        """Its figures for these messages."""
        ...


@dataclass(frozen=True, slots=True)
class ByRecipe:
    """A law with its settings."""

    name: str
    recipe: Recipe

    @property
    def label(self) -> str:
        """See `Contestant.label`."""
        return self.recipe.label

    def run(self, traced: Traced) -> Figures:
        """See `Contestant.run`."""
        return figures_of(traced.replay(self.recipe.scaler()))


@dataclass(frozen=True, slots=True)
class OursRecipe:
    """The daemon's own law, as configured."""

    rules: ScalingRules
    tick_seconds: float

    @property
    def label(self) -> str:
        """See `Recipe.label`."""
        return "as configured"

    def scaler(self) -> Ours:
        """See `Recipe.scaler`."""
        return Ours(self.rules, tick_seconds=self.tick_seconds)


@dataclass(frozen=True, slots=True)
class BestStatic:
    """The fewest workers that, kept all the time, reach the goal; where no number does, as many as there may be.

    Found by bisection, because more workers never make a message later. Each seed gets its own number, which no real
    owner could know beforehand.
    """

    name: str = STATIC
    label: str = "fewest that reach the goal, in hindsight"

    def run(self, traced: Traced) -> Figures:
        """See `Contestant.run`."""
        setup = traced.world.setup
        best = figures_of(traced.replay(Static(setup.max_workers)))
        if not reaches(best):
            return best
        too_few, enough = self._too_few(traced), setup.max_workers
        while enough - too_few > 1:
            middle = (too_few + enough) // 2
            figures = figures_of(traced.replay(Static(middle)))
            if reaches(figures):
                best, enough = figures, middle
            else:
                too_few = middle
        return best

    def _too_few(self, traced: Traced) -> int:
        """A number of workers that is surely too small: with fewer than the pure work needs, the backlog only grows."""
        service_seconds = traced.world.setup.service.mean_seconds * traced.traffic.messages
        busy = service_seconds / traced.world.setup.slots / traced.world.trace.seconds
        return max(traced.world.setup.min_workers - 1, ceil(busy * 0.9) - 1, 0)


@dataclass(frozen=True, slots=True)
class Foreknown:
    """The clairvoyant plan, which knew all arrivals: what all others are measured against."""

    name: str = CLAIRVOYANT
    label: str = "knew all arrivals"

    def run(self, traced: Traced) -> Figures:
        """See `Contestant.run`."""
        world = traced.world
        return figures_of(plan_workers(traced.traffic, world.trace, world.setup, traced.seed).result)
