"""How many workers there should be: the demand, damped, and kept within what the machine and its owner allow.

Up at once, because late messages cannot be made good; down only to the most that was demanded over the hold window,
because a worker let go a second too early is a worker started again. Nothing is given up in blind.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import pairwise
from math import floor

from punctuald.policy.demand import Demand, demand
from punctuald.policy.observation import Observation

# One step may add this many, or as many as there are (Kubernetes' HPA: 4, 100 %). In replays of one bursty real trace
# 4 / 8 / 16 kept 99.76 / 99.94 / 99.98 % on time; while the service time is a guess, it is not worth 16 forks.
GROWTH_MEASURED = 16
GROWTH_GUESSED = 4


class Reason(StrEnum):
    """What settled the number: the last rule that changed it."""

    ARRIVALS = "arrivals"  # the work that comes in
    BACKLOG = "backlog"  # what waits asks for more than that
    GROWTH = "growth"  # more is wanted than may be added in one step
    HOLD = "hold"  # less is wanted, but more was a moment ago
    BLIND = "blind"  # less is wanted, as far as can be seen, but too little can be seen
    CPU = "cpu"  # more is wanted, but processes would only share the same CPU
    MEMORY = "memory"  # more than fits into memory
    MAXIMUM = "maximum"
    MINIMUM = "minimum"


@dataclass(frozen=True, slots=True)
class ScalingRules:
    """What the owner allows.

    ``cpu_limit`` is the share (0 to 1) above which nothing is added. ``blind_after_seconds`` without an answered
    receive counts as blind: above the longest long poll (20 s) and its client's time-out, since an
    idle queue is no blindness.
    """

    min_workers: int
    max_workers: int
    hold_seconds: float = 15.0
    cpu_limit: float = 0.85
    memory_reserve_bytes: int = 256 * 1024 * 1024
    blind_after_seconds: float = 45.0


@dataclass(frozen=True, slots=True)
class ScalingState:
    """What was demanded when (monotonic seconds, workers), as far back as the hold window reaches. Begins empty."""

    demanded: tuple[tuple[float, int], ...] = ()

    @property
    def highest(self) -> int:
        """The most that was demanded."""
        return max((workers for _, workers in self.demanded), default=0)


@dataclass(frozen=True, slots=True)
class Decision:
    """A number of workers and all that led to it. ``undamped`` is the demand before damping, guard rails, bounds."""

    workers: int
    reason: Reason
    undamped: int
    demand: Demand
    blind: bool
    observation: Observation

    @property
    def demands(self) -> Mapping[str, float]:
        """The demands by name, in workers."""
        return {"arrivals": self.demand.arrivals, "backlog": self.demand.backlog}

    def fields(self) -> dict[str, object]:
        """The decision as flat fields of a log event."""
        seen, demanded = self.observation, self.demand
        return {
            "workers": self.workers,
            "reason": self.reason.value,
            "undamped": self.undamped,
            "blind": self.blind,
            **{f"demand_{name}": round(workers, 3) for name, workers in self.demands.items()},
            "rate_per_second": round(demanded.rate_per_second, 3),
            "service_seconds": round(demanded.service_seconds, 6),
            "waiting_messages": round(demanded.waiting_messages, 1),
            "head_age_seconds": round(demanded.head_age_seconds, 3),
            "slack_seconds": round(demanded.slack_seconds, 3),
            "workers_ordered": seen.workers_ordered,
            "workers_ready": seen.workers_ready,
            "busy_slots": seen.busy_slots,
            "threshold_seconds": seen.threshold_seconds,
            "backlog_visible": None if seen.backlog is None else seen.backlog.visible,
            "cpu_share": seen.cpu_share,
            "memory_available_bytes": seen.memory_available_bytes,
        }


@dataclass(frozen=True, slots=True)
class _Proposal:
    workers: int
    reason: Reason

    def at_most(self, limit: int, reason: Reason) -> _Proposal:
        return _Proposal(limit, reason) if self.workers > limit else self

    def at_least(self, limit: int, reason: Reason) -> _Proposal:
        return _Proposal(limit, reason) if self.workers < limit else self


def decide(observation: Observation, state: ScalingState, rules: ScalingRules) -> tuple[Decision, ScalingState]:
    """How many workers there should be now, and the state to hand in the next time."""
    demanded = demand(observation)
    blind = is_blind(observation, rules)
    # A blind look asks for what there is, so that the hold window begins anew when sight comes back.
    asked = max(demanded.workers, observation.workers_ordered) if blind else demanded.workers
    state = _remember(state, observation, asked, rules.hold_seconds)
    reason = Reason.BACKLOG if demanded.workers > demanded.without_backlog else Reason.ARRIVALS
    proposal = _Proposal(demanded.workers, reason)
    proposal = _damp(proposal, observation, state, blind=blind)
    proposal = _guard(proposal, observation, rules, blind=blind)
    proposal = proposal.at_most(rules.max_workers, Reason.MAXIMUM).at_least(rules.min_workers, Reason.MINIMUM)
    return Decision(proposal.workers, proposal.reason, demanded.workers, demanded, blind, observation), state


def is_blind(observation: Observation, rules: ScalingRules) -> bool:
    """Whether too little is known to let any worker go."""
    since_receive = observation.seconds_since_receive_ok
    deaf = since_receive is None or since_receive > rules.blind_after_seconds
    return deaf or observation.clock_jumped or not observation.measured


def _remember(state: ScalingState, observation: Observation, workers: int, hold_seconds: float) -> ScalingState:
    """Each demand stood until the next one was made, so it counts until the hold window has left that behind.

    Counting the moments alone would empty the window while the autoscaler waits for a slow answer, and let the first
    look afterwards shrink the pool. A new autoscaler takes what it finds as demanded.
    """
    now = observation.now_mono
    before = state.demanded or ((now, observation.workers_ordered),)
    demanded = (*before, (now, workers))
    kept = tuple(entry for entry, (until, _) in pairwise(demanded) if now - until < hold_seconds)
    return replace(state, demanded=(*kept, demanded[-1]))


def _damp(proposal: _Proposal, observation: Observation, state: ScalingState, *, blind: bool) -> _Proposal:
    ordered = observation.workers_ordered
    if proposal.workers > ordered:
        least_growth = GROWTH_GUESSED if observation.mean_service_seconds is None else GROWTH_MEASURED
        return proposal.at_most(ordered + max(least_growth, ordered), Reason.GROWTH)
    if blind:
        return proposal.at_least(ordered, Reason.BLIND)
    return proposal.at_least(min(ordered, state.highest), Reason.HOLD)


def _guard(proposal: _Proposal, observation: Observation, rules: ScalingRules, *, blind: bool) -> _Proposal:
    if observation.cpu_share is not None and observation.cpu_share > rules.cpu_limit:
        proposal = proposal.at_most(observation.workers_ordered, Reason.CPU)
    fitting = _fitting_into_memory(observation, rules)
    if fitting is None:
        return proposal
    return proposal.at_most(max(fitting, observation.workers_ordered) if blind else fitting, Reason.MEMORY)


def _fitting_into_memory(observation: Observation, rules: ScalingRules) -> int | None:
    """Workers that fit. Fewer than there are when the reserve is touched: letting one drain beats the OOM killer."""
    if observation.memory_available_bytes is None or not observation.worker_bytes:
        return None
    # What is available was measured without those that are still starting, so it is added to the ready ones only.
    spare_bytes = observation.memory_available_bytes - rules.memory_reserve_bytes
    return min(observation.workers_ready, observation.workers_ordered) + floor(spare_bytes / observation.worker_bytes)
