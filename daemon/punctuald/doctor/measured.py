"""What a running daemon has measured, out of its status document."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol


class HandlingTimes(Protocol):
    """How long handlers take, whoever says so."""

    @property
    def origin(self) -> str:
        """Who says so."""
        ...

    def p99_seconds(self, source: str, tiers: Collection[str]) -> float | None:
        """The 99th percentile of handling one message of ``source``, which has messages in these tiers; None = not
        known."""
        ...


@dataclass(frozen=True, slots=True)
class SourceState:
    """Of one source. ``state`` in the daemon's word, with ``text`` where it is unavailable; None = not known.
    ``has_received``: messages of it came since the start."""

    state: str = ""
    text: str = ""
    backlog_age_seconds: float | None = None
    arrivals_per_second: float | None = None
    has_received: bool = False


@dataclass(frozen=True, slots=True)
class DaemonState:
    """Of a daemon that answered. ``pss_bytes`` are those of its workers that are known."""

    pid: int
    worker_pids: tuple[int, ...] = ()
    pss_bytes: tuple[int, ...] = ()
    tier_p99_seconds: Mapping[str, float] = field(default_factory=dict)
    sources: Mapping[str, SourceState] = field(default_factory=dict)
    origin: str = "the daemon's last interval"

    def p99_seconds(self, source: str, tiers: Collection[str]) -> float | None:  # noqa: ARG002 - it has them by tier
        """See `HandlingTimes.p99_seconds`: the longest of its tiers' times, which other sources may share."""
        return max((self.tier_p99_seconds[tier] for tier in tiers if tier in self.tier_p99_seconds), default=None)


def daemon_state(document: Mapping[str, Any]) -> DaemonState:
    """Of `punctuald status --json`. Raises ValueError, TypeError or LookupError where it is none."""
    workers = document["workers"]
    return DaemonState(
        pid=int(document["pid"]),
        worker_pids=tuple(int(worker["pid"]) for worker in workers if worker["pid"]),
        pss_bytes=tuple(int(worker["pss_bytes"]) for worker in workers if worker.get("pss_bytes")),
        tier_p99_seconds=dict(_tier_times(document)),
        sources={str(queue["queue"]): _source(queue) for queue in document["queues"]},
    )


def _tier_times(document: Mapping[str, Any]) -> Mapping[str, float]:
    """Of tiers in which anything was handled in that interval."""
    found: dict[str, float] = {}
    for tier in document["tiers"]:
        handle = ((tier.get("interval") or {}).get("stages") or {}).get("handle") or {}
        if handle.get("p99_seconds"):
            found[str(tier["tier"])] = float(handle["p99_seconds"])
    return found


def _source(queue: Mapping[str, Any]) -> SourceState:
    age, arrivals = queue.get("head_age_seconds"), queue.get("arrivals_per_second")
    return SourceState(
        str(queue.get("state") or ""),
        str(queue.get("text") or ""),
        None if age is None else float(age),
        None if arrivals is None else float(arrivals),
        has_received=bool(queue.get("received_per_second") or queue.get("done")),
    )
