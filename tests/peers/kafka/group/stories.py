"""All stories: every step under 200 and under 2,000 records a second, in both protocols."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .story import WORKER_FROZEN_SECONDS, Act, Story

STANDSTILL_SECONDS = WORKER_FROZEN_SECONDS + 1.0
"""So long takes the handler that runs when its worker stands still."""
PROTOCOLS = ("classic", "consumer")
ELASTIC: Mapping[str, object] = {"min_workers": 1, "max_workers": 4}
REBALANCES = (
    (Act.BEGIN, 4.0),
    (Act.OUT, 5.0),
    (Act.OUT, 5.0),
    (Act.IN, 5.0),
    (Act.RELOAD, 7.0),
    (Act.RESTART, 8.0),
)
DEATHS = (
    (Act.BEGIN, 3.0),
    (Act.KILL_WORKER, 14.0),
    (Act.KILL_WORKER, 14.0),
    (Act.KILL_SUPERVISOR, 16.0),
)
STANDSTILL = ((Act.BEGIN, 3.0), (Act.FREEZE_WORKER, 20.0))
DEAD_BROKER = ((Act.BEGIN, 4.0), (Act.KILL_BROKER, 40.0))
FROZEN_BROKER = ((Act.BEGIN, 4.0), (Act.FREEZE_BROKER, 46.0))


def _stories() -> Sequence[Story]:
    found = []
    for per_second in (200, 2000):
        for protocol in PROTOCOLS:
            topic, name = {"group_protocol": protocol}, f"{protocol}-{per_second}"
            found.append(Story(f"rebalances-{name}", per_second, REBALANCES, topic, ELASTIC))
            found.append(Story(f"deaths-{name}", per_second, DEATHS, topic))
            still = Story(f"standstill-{name}", per_second, STANDSTILL, topic, handler_seconds=STANDSTILL_SECONDS)
            found.append(still)
            found.append(Story(f"dead-broker-{name}", per_second, DEAD_BROKER, topic))
            found.append(Story(f"frozen-broker-{name}", per_second, FROZEN_BROKER, topic))
    return found


ALL = _stories()
