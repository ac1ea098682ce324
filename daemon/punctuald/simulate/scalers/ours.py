"""The daemon's own law of scaling, looking at a simulated pool."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from punctuald.model import Backlog
from punctuald.policy.scaling.decide import Decision, ScalingRules, ScalingState, decide
from punctuald.policy.scaling.observation import Observation
from punctuald.policy.scaling.outcome_window import LATEST_SECONDS, OUTCOMES_SECONDS, OutcomeWindow

from .scaler import Sight


class Ours:
    """`policy.scaling.decide`, with the state that the autoscaler keeps.

    ``keep`` names moments (seconds of the trace) whose decisions are to be explained: `kept` has the one in force then.
    ``hosts``: daemons on the queue, as this one was configured; whoever counts them may change it.
    """

    name = "punctuald"

    def __init__(
        self, rules: ScalingRules, *, tick_seconds: float = 1.0, keep: Collection[float] = (), hosts: int = 1
    ) -> None:
        self.tick_seconds = tick_seconds
        self.changes: list[tuple[float, int, str]] = []  # (second of the trace, workers, reason)
        self.kept: dict[float, dict[str, object]] = {}
        self._rules = rules
        self._state = ScalingState()
        self._outcomes = OutcomeWindow()
        self._failed = self._ended = 0
        self._keep = sorted(keep)
        self.hosts = hosts

    def workers(self, sight: Sight) -> int:
        """See `Scaler.workers`."""
        decision, self._state = decide(self._observed(sight), self._state, self._rules)
        if decision.workers != sight.ordered:
            self.changes.append((sight.now_seconds, decision.workers, decision.reason.value))
        self._explain(sight.now_seconds, decision)
        return decision.workers

    def _observed(self, sight: Sight) -> Observation:
        self._failed += sight.failed
        self._ended += sight.completed
        self._outcomes.note(sight.now_seconds, self._failed, self._ended)
        return replace(
            observation_of(sight),
            hosts=self.hosts,
            outcomes=self._outcomes.outcomes(OUTCOMES_SECONDS),
            latest_outcomes=self._outcomes.outcomes(LATEST_SECONDS),
        )

    def _explain(self, now_seconds: float, decision: Decision) -> None:
        for moment in self._keep:
            if now_seconds <= moment < now_seconds + self.tick_seconds:
                self.kept[moment] = decision.fields()


def observation_of(sight: Sight) -> Observation:
    """What the daemon's sensors would have made of one look; CPU and memory are not simulated."""
    seen = _seen(sight)
    if sight.limited_slots is None:
        return seen
    backlog = None if seen.backlog is None else replace(seen.backlog, visible=0, in_flight=0)
    return replace(
        seen,
        arrivals=(),
        limited_arrivals=seen.arrivals,
        newest_sent_utc=None,
        mean_service_seconds=None,
        backlog=backlog,
        limited_workers=sight.limited_slots / sight.slots,
    )


def _seen(sight: Sight) -> Observation:
    return Observation(
        now_mono=sight.now_seconds,
        now_utc=sight.now_utc,
        workers_ordered=sight.ordered,
        workers_ready=sight.ready,
        busy_slots=sight.busy_slots - sight.draining_busy_slots,
        slots_per_worker=sight.slots,
        threshold_seconds=sight.threshold_seconds,
        start_seconds=sight.start_seconds,
        arrivals=sight.arrivals,
        newest_sent_utc=sight.newest_sent_utc,
        mean_service_seconds=sight.mean_service_seconds,
        service_p995_seconds=sight.service_p995_seconds,
        backlog=_backlog(sight),
        next_threshold_seconds=sight.next_threshold_seconds,
        seconds_to_next_edge=sight.seconds_to_next_edge,
        seconds_since_receive_ok=0.5 if sight.ready + sight.draining else None,
    )


def _backlog(sight: Sight) -> Backlog | None:
    if sight.depth is None:
        return None
    return Backlog(sight.depth.visible, sight.depth.in_flight, 0, sight.now_seconds - sight.depth.age_seconds)
