"""What an autoscaler sees while all is well; a test changes the number that it is about."""

from __future__ import annotations

from punctuald.model import Backlog
from punctuald.policy.observation import Observation

NOW_SECOND = 1_700_000_000
CALM = Observation(
    now_mono=1_000.0,
    now_utc=NOW_SECOND + 0.5,
    workers_ordered=2,
    workers_ready=2,
    busy_slots=4,
    slots_per_worker=4,
    threshold_seconds=3.0,
    start_seconds=1.0,
    arrivals=tuple((NOW_SECOND - ago, 80) for ago in range(30, -1, -1)),
    newest_sent_utc=float(NOW_SECOND),
    mean_service_seconds=0.1,
    backlog=Backlog(0, 0, 0, 999.0),
    seconds_since_receive_ok=0.1,
)
"""80 messages a second of 0.1 s each are work for two workers of four slots, and nothing waits."""
