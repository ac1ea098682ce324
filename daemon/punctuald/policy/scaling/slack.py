"""How long a message may wait and still be on time."""

from __future__ import annotations

from .observation import Observation

ASSUMED_TAIL = 5.0  # the slowest of 200 against the mean, until measured: a lognormal of coefficient of variation 1
SHORTEST_SHARE = 0.1  # of the threshold: what is late whatever we do must not ask for a crowd
ANTICIPATION = 0.5  # the slack may fall by so many seconds a second before an edge: costs at most 1 / (1 - it) capacity


def slack_seconds(observation: Observation, service_seconds: float) -> float:
    """What the tier in force leaves for waiting, less where a tighter one is near.

    A queue that is fine under 60 s is fatal when the threshold becomes 3 s: the first messages after the edge stand
    behind all that was sent before it.
    """
    own = _slack(observation.threshold_seconds, observation, service_seconds)
    if observation.next_threshold_seconds is None or observation.seconds_to_next_edge is None:
        return own
    following = _slack(observation.next_threshold_seconds, observation, service_seconds)
    ahead_seconds = max(0.0, observation.seconds_to_next_edge - observation.start_seconds)
    return min(own, following + ANTICIPATION * ahead_seconds)


def _slack(threshold_seconds: float, observation: Observation, service_seconds: float) -> float:
    """The threshold less the slowest handlers' time. Those are few: no less than half of what the mean leaves."""
    tail = observation.service_p995_seconds
    tail = ASSUMED_TAIL * service_seconds if tail is None else tail
    return max(threshold_seconds - tail, (threshold_seconds - service_seconds) / 2, SHORTEST_SHARE * threshold_seconds)
