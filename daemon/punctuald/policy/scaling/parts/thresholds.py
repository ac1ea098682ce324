"""The work by how tight it is: for each threshold in use, all that has it or a tighter one.

Messages that name a tier, or whose queue does, are not priced by the tier in force: 100 a second of 2 s need workers
for 2 s while 20 s is in force, and one of 2 s does not price ten thousand of 60 s. The law is reckoned for each part,
and the largest demand is met.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from math import sqrt

from punctuald.model import Arrivals
from punctuald.policy.scaling.disorder import newly_received
from punctuald.policy.scaling.observation import Observation

FEWEST_MESSAGES = 20  # finished in a minute, before their service time stands for a part's


def by_threshold(observation: Observation) -> tuple[Observation, ...]:
    """As if only that part had been seen, the tightest first; the last one has all the work.

    Where all messages have one threshold, or none was received yet, there is only that one.
    """
    pinned = [work for work in observation.pinned if work.arrivals]
    if not pinned:
        return (observation,)
    own_threshold = observation.unpinned_threshold_seconds or observation.threshold_seconds
    unpinned = _without(observation.arrivals, [work.arrivals for work in pinned])
    works = [(work.threshold_seconds, work.arrivals) for work in pinned]
    works += [(own_threshold, unpinned)] if unpinned else []
    counts: Counter[int] = Counter()
    parts: dict[float, Observation] = {}
    for threshold_seconds, arrivals in sorted(works):
        counts.update(dict(arrivals))
        by_clock = bool(unpinned) and threshold_seconds == own_threshold
        part = replace(observation, arrivals=tuple(sorted(counts.items())), pinned=())
        parts[threshold_seconds] = _in_tier(part, threshold_seconds, by_clock=by_clock)
    *tighter, (threshold_seconds, loosest) = parts.items()
    everything = replace(loosest, arrivals=observation.arrivals, mean_service_seconds=observation.mean_service_seconds)
    return (*(part for _, part in tighter), everything)


def share_of(
    part: Observation, everything: Observation, before: tuple[Arrivals, Arrivals], rates: tuple[float, float]
) -> float:
    """How much of what waits belongs to ``part``, 0 to 1: as much as of what was sent, or of what came just now.

    ``before``: the arrivals of part and everything at the look before; ``rates``: of both, over some seconds. A few
    messages more than usual may be chance; a burst shows in what came just now first.
    """
    came, came_in_all = (
        sum(count for _, count in newly_received(seen.arrivals, then))
        for seen, then in zip((part, everything), before, strict=True)
    )
    steady = rates[0] / rates[1] if rates[1] > 0 else 0.0
    just_now = (came - 2 * sqrt(came)) / came_in_all if came_in_all else 0.0
    return min(1.0, max(steady, just_now))


def _in_tier(part: Observation, threshold_seconds: float, *, by_clock: bool) -> Observation:
    """Only messages without a tier of their own see the clock bring another one."""
    return replace(
        part,
        threshold_seconds=threshold_seconds,
        next_threshold_seconds=part.unpinned_next_threshold_seconds if by_clock else None,
        seconds_to_next_edge=part.seconds_to_next_edge if by_clock else None,
        mean_service_seconds=_service_seconds(part, threshold_seconds),
    )


def _service_seconds(observation: Observation, threshold_seconds: float) -> float | None:
    """The mean of what is so tight or tighter, by how it differs from the mean of all."""
    mean, finished = observation.mean_service_seconds, observation.service_by_threshold
    tight = [(seconds, count) for threshold, seconds, count in finished if threshold <= threshold_seconds]
    seconds, count = sum(seconds for seconds, _ in tight), sum(count for _, count in tight)
    seconds_of_all, count_of_all = sum(seconds for _, seconds, _ in finished), sum(count for *_, count in finished)
    if mean is None or count < FEWEST_MESSAGES or seconds_of_all <= 0:
        return mean
    return mean * (seconds / count) / (seconds_of_all / count_of_all)


def _without(arrivals: Arrivals, others: Iterable[Arrivals]) -> Arrivals:
    counts = Counter(dict(arrivals))
    for other in others:
        counts.subtract(dict(other))
    return tuple(sorted((second, count) for second, count in counts.items() if count > 0))
