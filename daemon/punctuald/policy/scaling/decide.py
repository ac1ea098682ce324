"""How many workers there should be: the demand, damped, and kept within what the machine and its owner allow.

Up at once, because late messages cannot be made good; down only to the most that was demanded over the hold window,
because a worker let go a second too early is a worker started again. While the sensors say too little nobody is let go.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise

from .demand import Demand, DemandState, demand
from .guards import Cap, Guard, GuardState, Limits, guards
from .observation import Observation

# One step may add this many, or as many as there are (Kubernetes' HPA: 4, 100 %). In replays of one bursty real trace
# 4 / 8 / 16 kept 99.76 / 99.94 / 99.98 % on time; while the service time is a guess, it is not worth 16 forks.
GROWTH_MEASURED = 64
GROWTH_GUESSED = 4

BACKLOG_HOLD_SECONDS = 4.0  # a backlog that is drained is over; the hold is for the estimate's flicker
HOLD_LEADS = 2.0  # the hold is no shorter than so many times tick and start: what was ordered has to show first


class Reason(StrEnum):
    """What settled the number: the last rule that changed it."""

    ARRIVALS = "arrivals"  # the work that comes in
    BACKLOG = "backlog"  # what waits, within the slack
    BURST = "burst"  # bursts of the last minutes come faster than workers start
    GROWTH = "growth"  # more is wanted than may be added in one step
    HOLD = "hold"  # less is wanted, but more was a moment ago
    SENSORS_UNKNOWN = "sensors_unknown"  # less is wanted, as far as can be seen, but too little can be seen
    CPU = Guard.CPU.value
    ERRORS = Guard.ERRORS.value
    DOWNSTREAM = Guard.DOWNSTREAM.value
    GROUPS = Guard.GROUPS.value
    PARTITIONS = Guard.PARTITIONS.value
    MEMORY = Guard.MEMORY.value
    PROCESSES = Guard.PROCESSES.value
    MAXIMUM = "maximum"
    MINIMUM = "minimum"


@dataclass(frozen=True, slots=True)
class ScalingRules:
    """What the owner allows.

    ``cpu_limit`` is the share (0 to 1) of the processors above which nothing is added once handlers get slower by it;
    ``error_limit`` the share of failing handlers above which nothing is added and some workers go.
    ``unknown_after_seconds`` without an answered receive makes the sensors unknown: above the longest long poll (20 s)
    and its client's time-out, since an idle queue says enough.
    """

    min_workers: int
    max_workers: int
    hold_seconds: float = 8.0
    cpu_limit: float = 0.85
    error_limit: float = 0.05
    memory_reserve_bytes: int = 256 * 1024 * 1024
    unknown_after_seconds: float = 45.0

    @property
    def limits(self) -> Limits:
        """The part that the guards go by."""
        return Limits(self.cpu_limit, self.error_limit, self.memory_reserve_bytes, self.min_workers)


Held = tuple[tuple[float, int], ...]
"""(monotonic seconds, workers demanded), as far back as the hold window reaches."""


@dataclass(frozen=True, slots=True)
class ScalingState:
    """What to hand in the next time. Begins empty."""

    kept: Held = ()
    urgent: Held = ()
    demand: DemandState = field(default_factory=DemandState)
    guards: GuardState = field(default_factory=GuardState)


@dataclass(frozen=True, slots=True)
class Decision:
    """A number of workers and all that led to it. ``target_before_hold``: before damping, guard rails and bounds."""

    workers: int
    reason: Reason
    target_before_hold: int
    demand: Demand
    sensors_unknown: bool
    caps: tuple[Cap, ...]
    observation: Observation

    @property
    def demands(self) -> Mapping[str, float]:
        """The demands by name, in workers."""
        asked = self.demand
        return {"arrivals": asked.arrivals, "backlog": asked.backlog, "burst": asked.burst, "limited": asked.limited}

    def fields(self) -> dict[str, object]:
        """The decision as flat fields of a log event."""
        seen, demanded = self.observation, self.demand
        return {
            "workers": self.workers,
            "reason": self.reason.value,
            "target_before_hold": self.target_before_hold,
            "sensors_unknown": self.sensors_unknown,
            **{f"demand_{name}": round(workers, 3) for name, workers in self.demands.items()},
            **{f"cap_{cap.guard.value}": cap.workers for cap in self.caps},
            "rate_per_second": round(demanded.rate_per_second, 3),
            "fast_rate_per_second": round(demanded.fast_rate_per_second, 3),
            "service_seconds": round(demanded.service_seconds, 6),
            "waiting_messages": round(demanded.waiting_messages, 1),
            "head_age_seconds": round(demanded.head_age_seconds, 3),
            "slack_seconds": round(demanded.slack_seconds, 3),
            "disorder": round(demanded.disorder, 2),
            "start_seconds": round(seen.start_seconds, 3),
            "workers_ordered": seen.workers_ordered,
            "workers_ready": seen.workers_ready,
            "busy_slots": seen.busy_slots,
            "threshold_seconds": demanded.threshold_seconds,
            "hosts": seen.hosts,
            "peers_silent": demanded.peers_silent,
            "backlog_visible": None if seen.backlog is None else seen.backlog.visible,
            "backlog_delayed": None if seen.backlog is None else seen.backlog.delayed,
            "error_share": seen.outcomes.share,
            "handlers_ended": seen.outcomes.ended,
            "cpu_share": seen.cpu_share,
            "memory_available_bytes": seen.memory_available_bytes,
            "tasks_available": seen.tasks_available,
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
    demanded, demand_state = demand(observation, state.demand, rules.max_workers)
    caps, guard_state = guards(observation, state.guards, rules.limits)
    sensors_unknown = sensors_are_unknown(observation, rules)
    state = _remembered(state, observation, demanded, rules, sensors_unknown=sensors_unknown)
    proposal = _damped(demanded, observation, state, sensors_unknown=sensors_unknown)
    for cap in caps:
        most = _within_knowledge(cap, observation, sensors_unknown=sensors_unknown)
        proposal = proposal.at_most(most, Reason(cap.guard.value))
    proposal = proposal.at_most(rules.max_workers, Reason.MAXIMUM).at_least(rules.min_workers, Reason.MINIMUM)
    decision = Decision(
        proposal.workers, proposal.reason, demanded.workers, demanded, sensors_unknown, caps, observation
    )
    return decision, ScalingState(state.kept, state.urgent, demand_state, guard_state)


def sensors_are_unknown(observation: Observation, rules: ScalingRules) -> bool:
    """Whether too little is known to let any worker go. What workers hold for a downstream that is away is load that
    does not show."""
    since_receive = observation.seconds_since_receive_ok
    deaf = since_receive is None or since_receive > rules.unknown_after_seconds
    return deaf or observation.clock_jumped or observation.held_for_downstream or not observation.measured


def _remembered(
    state: ScalingState, observation: Observation, demanded: Demand, rules: ScalingRules, *, sensors_unknown: bool
) -> ScalingState:
    # With unknown sensors we ask for what there is, so that the hold window begins anew when they are known again.
    least = observation.workers_ordered if sensors_unknown else 0
    hold_seconds = max(rules.hold_seconds, HOLD_LEADS * demanded.lead_seconds) if rules.hold_seconds else 0.0
    kept = _held(state.kept, observation, max(demanded.kept, least), hold_seconds)
    urgent = _held(state.urgent, observation, demanded.urgent, min(hold_seconds, BACKLOG_HOLD_SECONDS))
    return ScalingState(kept, urgent, state.demand, state.guards)


def _held(before: Held, observation: Observation, workers: int, hold_seconds: float) -> Held:
    """Each demand stood until the next one was made, so it counts until the hold window has left that behind.

    Counting the moments alone would empty the window while the autoscaler waits for a slow answer, and let the first
    look afterwards shrink the pool. A new autoscaler takes what it finds as demanded.
    """
    now = observation.now_mono
    demanded = (*(before or ((now, observation.workers_ordered),)), (now, workers))
    kept = tuple(entry for entry, (until, _) in pairwise(demanded) if now - until < hold_seconds)
    return (*kept, demanded[-1])


def _highest(held: Held) -> int:
    return max((workers for _, workers in held), default=0)


def _damped(demanded: Demand, observation: Observation, state: ScalingState, *, sensors_unknown: bool) -> _Proposal:
    ordered, urgent = observation.workers_ordered, _Proposal(demanded.urgent, _urgent_reason(demanded))
    if urgent.workers > ordered:
        least_growth = GROWTH_GUESSED if observation.mean_service_seconds is None else GROWTH_MEASURED
        return urgent.at_most(ordered + max(least_growth, ordered), Reason.GROWTH)
    held = ordered if sensors_unknown else min(ordered, max(_highest(state.kept), _highest(state.urgent)))
    if held <= demanded.workers:
        return _Proposal(held, _kept_reason(demanded))
    return _Proposal(held, Reason.SENSORS_UNKNOWN if sensors_unknown else Reason.HOLD)


def _urgent_reason(demanded: Demand) -> Reason:
    if demanded.urgent == demanded.whole_backlog:
        return Reason.BACKLOG
    return Reason.BURST if demanded.urgent == demanded.whole_burst else Reason.ARRIVALS


def _kept_reason(demanded: Demand) -> Reason:
    if demanded.workers == demanded.whole_arrivals:
        return Reason.ARRIVALS
    return Reason.BURST if demanded.workers == demanded.whole_burst else Reason.BACKLOG


def _within_knowledge(cap: Cap, observation: Observation, *, sensors_unknown: bool) -> int:
    """With unknown sensors no guard takes a worker away; it may still refuse more."""
    return max(cap.workers, observation.workers_ordered) if sensors_unknown else cap.workers
