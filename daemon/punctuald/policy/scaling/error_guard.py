"""How many workers may call what their handlers call, while too many of those fail.

It may be overloaded, and fewer workers help. Or the failures have nothing to do with how many there are, and fewer
workers only make messages late. Nobody says which, so a cut is no larger than the failures are, and teaches: where it
helped another one is made, where it was in vain that share of failures is borne until it rises, unless most fail. As
soon as the failures end the workers are back within seconds.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil

from .failures import Outcomes
from .observation import Observation

LEAST_LEFT = 0.5  # of the pool after one decision, were all to fail: as TCP halves its window (RFC 5681)
HELPED = 0.8  # a cut helped if the share of failures fell below so much of what it was
RISEN = 1.25  # a share that no cut helps against is borne up to so many times what it was
MOST_FAIL = 0.5  # a share that is never borne: what handlers call is gone, not only some of what they are asked
RECOVERY_SECONDS = 2.0  # between two doublings
LONGEST_RECOVERY_SECONDS = 30.0
RELAPSE_SECONDS = 60.0  # failures that come back within this are due to the workers that came back


@dataclass(frozen=True, slots=True)
class ErrorGuardState:
    """What to hand in the next time. Begins with no limit.

    ``cut_share``: of failures, at the last cut; ``base``: the workers that it was measured with. ``borne_share``: no
    fewer workers help against so many.
    ``recovery_seconds``: the least time between two doublings.
    """

    cap: int | None = None
    failing: bool = False
    cut_mono: float = 0.0
    cut_share: float = 0.0
    base: int = 0
    borne_share: float = 0.0
    grown_mono: float = float("-inf")
    recovery_seconds: float = RECOVERY_SECONDS


def watch_errors(observation: Observation, before: ErrorGuardState, limit: float, min_workers: int) -> ErrorGuardState:
    """The limit as of now. ``limit``: the share of failures that the owner bears, 0 to 1."""
    share = observation.outcomes.share or 0.0
    borne_share = before.borne_share if share > limit else 0.0
    state = replace(before, failing=is_failing(observation, max(limit, borne_share)), borne_share=borne_share)
    if not state.failing:
        return state if state.cap is None else _recovered(observation, state, state.cap)
    if state.cap is None or state.grown_mono > state.cut_mono:
        return _cut(observation, state, None, min_workers)
    if observation.now_mono - state.cut_mono < _showing_seconds(observation, observation.outcomes):
        return state
    if state.cap < state.base and share < HELPED * state.cut_share:
        return _cut(observation, state, state.cap - 1, min_workers)
    if share < min(MOST_FAIL, RISEN * state.cut_share):
        return replace(state, failing=False, borne_share=RISEN * share)
    return _cut(observation, state, state.cap, min_workers)


def is_failing(observation: Observation, limit: float) -> bool:
    """Too many failed for it to be chance, and too many fail still.

    Of two windows the long one has the evidence, and the short one ends the alarm when the failures end, as for burn
    rates (B. Beyer et al.: The Site Reliability Workbook, 2018, chapter 5).
    """
    latest = observation.latest_outcomes.share
    return latest is not None and latest > limit and observation.outcomes.surely_above(limit)


def _showing_seconds(observation: Observation, outcomes: Outcomes) -> float:
    """How long after a change all the handlers that were counted began after it."""
    return outcomes.seconds + (observation.mean_service_seconds or 0.0)


def _cut(observation: Observation, state: ErrorGuardState, most: int | None, min_workers: int) -> ErrorGuardState:
    """To what succeeds, ``most`` workers at most, but no lower than half of the pool."""
    share = observation.outcomes.share or 0.0
    base = min(observation.workers_ready, observation.workers_ordered)
    cap = ceil((1 - share) * base) if most is None else min(most, ceil((1 - share) * base))
    return replace(
        state,
        cap=max(min_workers, cap, ceil(LEAST_LEFT * observation.workers_ordered)),
        cut_mono=observation.now_mono,
        cut_share=share,
        base=base,
        recovery_seconds=_recovery_seconds(observation, state),
    )


def _recovery_seconds(observation: Observation, state: ErrorGuardState) -> float:
    """Doubled with each relapse: what bears half the workers would otherwise be overloaded every few seconds."""
    if observation.now_mono - state.grown_mono > RELAPSE_SECONDS:
        return RECOVERY_SECONDS if state.cap is None else state.recovery_seconds
    return min(LONGEST_RECOVERY_SECONDS, 2 * state.recovery_seconds)


def _recovered(observation: Observation, state: ErrorGuardState, cap: int) -> ErrorGuardState:
    """Twice as many, once the last step shows; no limit at all where that is more than twice those in use."""
    showing_seconds = max(state.recovery_seconds, _showing_seconds(observation, observation.latest_outcomes))
    if observation.now_mono - max(state.cut_mono, state.grown_mono) < showing_seconds:
        return state
    grown = 2 * max(1, cap)
    lifted = grown > 2 * observation.workers_ordered
    return replace(state, cap=None if lifted else grown, grown_mono=observation.now_mono)
