"""Hosts that come and go, each with a daemon: an Auto Scaling group around the simulated queue."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from punctuald.simulate.scalers.host_group import TICK_SECONDS, GroupLaw, GroupSight
from punctuald.simulate.scalers.ours import Ours

from .daemon import Daemon, QueueNow


@dataclass(frozen=True, slots=True)
class Group:
    """An Auto Scaling group. ``start_seconds``: from the order of a host to its daemon, which is paid for too;
    ``counted_seconds``: how often the daemons' number of hosts is written."""

    law: GroupLaw
    min_hosts: int
    max_hosts: int
    make_scaler: Callable[[], Ours]
    start_seconds: float = 90.0
    counted_seconds: float = 60.0


@dataclass(frozen=True, slots=True)
class HostsResult:
    """``host_seconds`` from the order of each to the end of its last worker."""

    law: str
    most: int
    host_seconds: float
    changes: int


class Fleet:
    """Which of the daemons are there. The first ``min_hosts`` are from the beginning; the newest go first."""

    def __init__(self, group: Group, daemons: Sequence[Daemon], scalers: Sequence[Ours], slots: int) -> None:
        self._group = group
        self._daemons = daemons
        self._scalers = list(scalers)
        self._slots = slots
        self._ordered = self._most = group.min_hosts
        self._ready_at: dict[int, float] = {}
        self._begun_at: dict[int, float] = dict.fromkeys(range(group.min_hosts), 0.0)
        self._host_seconds = 0.0
        self._changes = 0
        self._next_tick = self._next_count = 0.0
        for daemon in daemons[group.min_hosts :]:
            daemon.in_service = False

    def step(self, now_seconds: float, queue: QueueNow) -> None:
        """What is due: hosts become ready or are gone, the group decides, the daemons hear how many they are."""
        for number in [number for number, at in self._ready_at.items() if at <= now_seconds]:
            del self._ready_at[number]
            self._scalers[number] = self._group.make_scaler()
            self._daemons[number].join(self._scalers[number], now_seconds)
        self._count_the_gone(now_seconds)
        if now_seconds >= self._next_tick:
            self._next_tick += TICK_SECONDS
            self._follow(self._group.law.hosts(self._sight(now_seconds, queue)), now_seconds)
        if now_seconds >= self._next_count:
            self._next_count += self._group.counted_seconds
            for scaler in self._scalers:
                scaler.hosts = max(1, self._in_service)

    def result(self, now_seconds: float) -> HostsResult:
        """At the end of the run."""
        paid = sum(now_seconds - begun for begun in self._begun_at.values())
        return HostsResult(self._group.law.name, self._most, self._host_seconds + paid, self._changes)

    @property
    def _in_service(self) -> int:
        return sum(daemon.in_service for daemon in self._daemons)

    def _sight(self, now_seconds: float, queue: QueueNow) -> GroupSight:
        means = [daemon.mean_service for daemon in self._daemons if daemon.mean_service is not None]
        return GroupSight(
            now_seconds=now_seconds,
            hosts=self._in_service,
            ordered=self._ordered,
            visible=queue.visible,
            in_flight=queue.in_flight,
            wanted_workers=sum(daemon.pool.target for daemon in self._daemons),
            ready_workers=sum(daemon.pool.ready for daemon in self._daemons),
            slots=self._slots,
            mean_service_seconds=sum(means) / len(means) if means else None,
        )

    def _follow(self, wanted: int, now_seconds: float) -> None:
        target = min(max(wanted, self._group.min_hosts), self._group.max_hosts)
        self._changes += target != self._ordered
        self._ordered, self._most = target, max(self._most, target)
        active = sorted({*self._ready_at, *(n for n, daemon in enumerate(self._daemons) if daemon.in_service)})
        for number in active[target:]:
            self._end(number, now_seconds)
        free = [number for number in range(len(self._daemons)) if number not in self._begun_at]
        for number in free[: max(0, target - len(active))]:
            self._ready_at[number] = now_seconds + self._group.start_seconds
            self._begun_at[number] = now_seconds

    def _end(self, number: int, now_seconds: float) -> None:
        if self._ready_at.pop(number, None) is None:
            self._daemons[number].leave(now_seconds)

    def _count_the_gone(self, now_seconds: float) -> None:
        for number in list(self._begun_at):
            daemon = self._daemons[number]
            if not daemon.in_service and number not in self._ready_at and not daemon.pool.alive:
                self._host_seconds += now_seconds - self._begun_at.pop(number)
