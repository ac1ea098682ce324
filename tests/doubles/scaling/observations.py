"""What an autoscaler sees while all is well, and when messages queue; a test changes the number that it is about."""

from __future__ import annotations

from dataclasses import replace

from punctuald.model import Backlog
from punctuald.policy.scaling.failures import Outcomes
from punctuald.policy.scaling.observation import Observation

NOW_SECOND = 1_700_000_000
NOW_MONO = 1_000.0
CALM = Observation(
    now_mono=NOW_MONO,
    now_utc=float(NOW_SECOND),
    workers_ordered=2,
    workers_ready=2,
    busy_slots=4,
    slots_per_worker=4,
    threshold_seconds=3.0,
    start_seconds=1.0,
    arrivals=tuple((NOW_SECOND - ago, 80) for ago in range(30, 0, -1)),
    newest_sent_utc=NOW_SECOND - 0.5,
    mean_service_seconds=0.1,
    service_p995_seconds=0.5,
    outcomes=Outcomes(0, 800, 10.0),
    latest_outcomes=Outcomes(0, 240, 3.0),
    backlog=Backlog(0, 0, 0, NOW_MONO - 1),
    seconds_since_receive_ok=0.1,
)
"""80 messages a second of 0.1 s each are work for two workers of four slots, and nothing waits. The slack is 2.5 s."""


def queued(age_seconds: float, *, workers: int = 2) -> Observation:
    """All slots are busy, and the queue's head, up to where all was received, is so old; 80 a second were sent."""
    head_utc = NOW_SECOND - age_seconds
    return replace(
        CALM,
        workers_ordered=workers,
        workers_ready=workers,
        busy_slots=4 * workers,
        arrivals=tuple((second, 80) for second in range(int(head_utc) - 30, int(head_utc))),
        newest_sent_utc=head_utc,
        backlog=Backlog(round(80 * age_seconds), 0, 0, NOW_MONO - 1),
    )


def later(observation: Observation, seconds: float) -> Observation:
    """The same, seen so many seconds later."""
    return replace(observation, now_mono=observation.now_mono + seconds)


def failing(observation: Observation, share: float, latest_share: float | None = None) -> Observation:
    """The same, where so many of 2,000 handlers failed, and so many of the last 600 (as many, if not said)."""
    latest_share = share if latest_share is None else latest_share
    return replace(
        observation,
        outcomes=Outcomes(round(2_000 * share), 2_000, 10.0),
        latest_outcomes=Outcomes(round(600 * latest_share), 600, 3.0),
    )
