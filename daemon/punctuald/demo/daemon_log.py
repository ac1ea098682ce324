"""Reads what a daemon wrote into its JSON log: one event a line, catalogued in docs/events.md."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from punctuald.model import Stage
from punctuald.stats.snapshot import StageSummary, TierSummary

from .line_follower import LineFollower

READY = "daemon.ready"
FINAL = "stats.final"
PROCESS_READY = "process.ready"
PROCESS_EXITED = "process.exited"
SCALED = "scale.decision"
VIOLATED = "sla.violated"
RESTORED = "sla.restored"
KEPT = frozenset({READY, FINAL, PROCESS_READY, PROCESS_EXITED, SCALED, VIOLATED, RESTORED})
"""The events that the demo reads; all others are not kept, for a busy daemon writes many."""

TAIL_LINES = 15

Event = Mapping[str, Any]


class DaemonLog:
    """Follows the log of a daemon that is still running."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.events: list[Event] = []
        self._follower = LineFollower(path)

    def refresh(self) -> None:
        """Take in the lines written since the last time. A line that is no JSON object (a traceback) is no event."""
        for line in self._follower.new_lines():
            try:
                event = orjson.loads(line)
            except orjson.JSONDecodeError:
                continue
            if isinstance(event, dict) and event.get("event") in KEPT:
                self.events.append(event)

    def last(self, name: str) -> Event | None:
        """The newest event of that name, or None."""
        return next((event for event in reversed(self.events) if event["event"] == name), None)

    def with_tail(self, text: str) -> str:
        """One clear line, and below it the end of the log for a person who has to find out what went wrong."""
        lines = self.path.read_text(errors="replace").splitlines() if self.path.exists() else []
        return "\n".join([f"{text}; {self.path} ends:", *lines[-TAIL_LINES:]])


@dataclass(frozen=True, slots=True)
class PoolSize:
    """How many workers were ready from ``at_seconds`` after the start on."""

    at_seconds: float
    workers: int


@dataclass(frozen=True, slots=True)
class ScaleDecision:
    """What the autoscaler wanted at ``at_seconds`` after the start, and why."""

    at_seconds: float
    workers: int
    reason: str


@dataclass(frozen=True, slots=True)
class FinalStatistics:
    """The daemon's own account of a whole run; ``requests`` are its calls to SQS by kind, over all queues."""

    tiers: tuple[TierSummary, ...]
    requests: Mapping[str, int]
    redelivered: int


def utc_of(event: Event) -> float:
    """When it happened."""
    return datetime.fromisoformat(event["timestamp"]).timestamp()


def pool_sizes(events: Iterable[Event], started_utc: float) -> tuple[PoolSize, ...]:
    """The number of ready workers over time, one entry for each change."""
    ready: set[int] = set()
    sizes = []
    for event in events:
        if event["event"] == PROCESS_READY and "worker" in event:  # the autoscaler is a process, but no worker
            ready.add(event["pid"])
        elif event["event"] == PROCESS_EXITED and event["pid"] in ready:
            ready.remove(event["pid"])
        else:
            continue
        sizes.append(PoolSize(utc_of(event) - started_utc, len(ready)))
    return tuple(sizes)


def ready_workers(events: Iterable[Event]) -> int:
    """How many workers are ready now."""
    sizes = pool_sizes(events, 0.0)
    return sizes[-1].workers if sizes else 0


def scale_decisions(events: Iterable[Event], started_utc: float) -> tuple[ScaleDecision, ...]:
    """What the autoscaler wanted over time."""
    return tuple(
        ScaleDecision(utc_of(event) - started_utc, event["workers"], event["reason"])
        for event in events
        if event["event"] == SCALED
    )


def final_statistics(event: Event) -> FinalStatistics:
    """Read a `stats.final` event."""
    requests: dict[str, int] = {}
    for counts in event["queues"].values():
        for name, count in counts.items():
            if name.startswith("request_"):
                kind = name.removeprefix("request_")
                requests[kind] = requests.get(kind, 0) + count
    return FinalStatistics(
        tiers=tuple(_tier(name, tier) for name, tier in event["tiers"].items()),
        requests=requests,
        redelivered=sum(counts.get("redelivered", 0) for counts in event["queues"].values()),
    )


def _tier(name: str, tier: Mapping[str, Any]) -> TierSummary:
    return TierSummary(
        name=name,
        threshold_seconds=tier["threshold_seconds"],
        met=tier["met"],
        missed=tier["missed"],
        compliance=tier["compliance"],
        budget_left=tier["budget_left"],
        stages={Stage[stage.upper()]: _stage(summary) for stage, summary in tier["stages"].items()},
    )


def _stage(summary: Mapping[str, Any]) -> StageSummary:
    return StageSummary(
        count=summary["count"],
        mean=summary["mean_seconds"],
        p50=summary["p50_seconds"],
        p95=summary["p95_seconds"],
        p99=summary["p99_seconds"],
        max=summary["max_seconds"],
    )
