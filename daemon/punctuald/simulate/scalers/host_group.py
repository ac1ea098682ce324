"""What decides how many hosts there are: an Auto Scaling group's target tracking, by one metric or another."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Protocol

from .target_tracking import PERIOD_SECONDS, TargetTrackingAlarms


@dataclass(frozen=True, slots=True)
class GroupSight:
    """What CloudWatch can know of the queue and the group. ``hosts`` are in service, ``ordered`` were asked for;
    ``wanted_workers`` and ``ready_workers`` are those of all of them; ``mean_service_seconds`` None = no message has
    ended yet."""

    now_seconds: float
    hosts: int
    ordered: int
    visible: int
    in_flight: int
    wanted_workers: int
    ready_workers: int
    slots: int
    mean_service_seconds: float | None


class GroupLaw(Protocol):
    """Make a new one for each run."""

    @property
    def name(self) -> str:
        """As tables show it."""
        ...

    def hosts(self, sight: GroupSight) -> int:
        """How many hosts there should be, asked once a minute; kept within the group's bounds by the simulation."""
        ...


def messages_per_host(sight: GroupSight) -> float | None:
    """Messages that wait or run, to each host: SQS publishes both counts once a minute."""
    return (sight.visible + sight.in_flight) / sight.hosts if sight.hosts else None


def workers_wanted_per_host(sight: GroupSight) -> float | None:
    """What the daemons' own law asks for, to each host: it knows rates, handling times and deadlines."""
    return sight.wanted_workers / sight.hosts if sight.hosts else None


def backlog_seconds_per_worker(sight: GroupSight) -> float | None:
    """How long the workers that are ready would take for what waits."""
    if sight.mean_service_seconds is None or not sight.ready_workers:
        return None
    return sight.visible * sight.mean_service_seconds / (sight.slots * sight.ready_workers)


Metric = Callable[[GroupSight], float | None]

METRICS: Mapping[str, Metric] = {
    "messages-per-host": messages_per_host,
    "workers-wanted": workers_wanted_per_host,
    "backlog-seconds": backlog_seconds_per_worker,
}
"""By the names that options use."""


NO_OPINION = 0


class TargetTrackingGroup:
    """Target tracking by a metric of which a minute's value is known a minute later. With ``scales_in`` False it only
    adds hosts (`DisableScaleIn`), and is never one to keep them."""

    def __init__(self, metric: str, target: float, *, scales_in: bool = True) -> None:
        self.name = f"{metric} {target:g}"
        self._scales_in = scales_in
        self._metric = METRICS[metric]
        self._target = target
        self._alarms = TargetTrackingAlarms(target)
        self._latest: float | None = None

    def hosts(self, sight: GroupSight) -> int:
        """See `GroupLaw.hosts`."""
        value, self._latest = self._latest, self._metric(sight)
        if value is None:
            self._alarms.forget()
            return sight.ordered if self._scales_in else NO_OPINION
        proportional = ceil(sight.hosts * value / self._target)
        wanted = self._alarms.capacity(sight.now_seconds, sight.ordered, value, proportional)
        return wanted if self._scales_in or wanted > sight.ordered else NO_OPINION


class SeveralPolicies:
    """Policies of one group: it grows as soon as one of them says so, and shrinks only when all do (EC2 Auto Scaling
    User Guide, "Multiple scaling policies")."""

    def __init__(self, policies: Sequence[GroupLaw]) -> None:
        self.name = ", ".join(policy.name for policy in policies)
        self._policies = policies

    def hosts(self, sight: GroupSight) -> int:
        """See `GroupLaw.hosts`."""
        return max([policy.hosts(sight) for policy in self._policies])


TICK_SECONDS = PERIOD_SECONDS
