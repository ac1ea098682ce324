"""What a scaler sees at one tick of a simulation; a test changes the number that it is about."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from punctuald.simulate.scalers.scaler import DepthSample, Sight

CALM = Sight(
    now_seconds=0.0,
    now_utc=1_700_000_000.0,
    tick_seconds=1.0,
    ordered=4,
    ready=4,
    draining=0,
    busy_slots=8,
    draining_busy_slots=0,
    slots=4,
    max_workers=64,
    depth=DepthSample(0, 8, 5.0),
    sent=40,
    completed=40,
    failed=0,
    visible=0,
    in_flight=8,
    concurrency=8.0,
    arrivals=(),
    newest_sent_utc=1_700_000_000.0,
    mean_service_seconds=0.2,
    service_p995_seconds=1.0,
    threshold_seconds=3.0,
    next_threshold_seconds=None,
    seconds_to_next_edge=None,
    start_seconds=1.0,
)
"""40 messages a second of 0.2 s each keep 8 slots busy, and nothing waits."""


def seen(now_seconds: float = 0.0, *, visible: int = 0, in_flight: int = 8, **changed: Any) -> Sight:
    """The same truth for those who know it and for those who ask the source."""
    depth = DepthSample(visible, in_flight, 5.0)
    fields = {"now_seconds": now_seconds, "visible": visible, "in_flight": in_flight, "depth": depth, **changed}
    return replace(CALM, **fields)
