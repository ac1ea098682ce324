"""The figures that are sent: what came since the last ones were, and what waits now."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Protocol

from punctuald.model import Stage
from punctuald.policy.hosts.backlog_seconds import backlog_seconds_per_worker
from punctuald.stats.board.cells import MICROSECONDS
from punctuald.stats.figures.intervals import Interval, TierFigures

_PERCENT = 100.0
WHOLE = ""
"""In place of a queue's name: the daemon as a whole."""


class Figures(Protocol):
    """See `stats.figures.interval_reader`."""

    def since_start(self, now_mono: float) -> Interval:
        """All that was counted since the daemon began."""
        ...


@dataclass(frozen=True, slots=True)
class Reading:
    """By queue, and of `WHOLE`; what is not known is left out. ``compliance`` is in percent."""

    backlog_seconds: Mapping[str, float]
    compliance: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class _Counted:
    """Of one queue, since the daemon began; ``overdue`` now."""

    met: int = 0
    missed: int = 0
    overdue: int = 0
    handled: int = 0
    handle_seconds: float = 0.0


class Readings:
    """``hosts``: by queue, how many daemons share its backlog. ``slots`` says how many messages of a queue the ready
    workers can handle at once. ``downs`` are the queues whose handlers find away what they call: another host would not
    help them."""

    def __init__(
        self,
        figures: Figures,
        *,
        hosts: Mapping[str, int],
        slots: Callable[[str], int],
        downs: Callable[[], Collection[str]],
    ) -> None:
        self._figures = figures
        self._hosts = hosts
        self._slots = slots
        self._downs = downs
        self._before: Mapping[str, _Counted] = {}

    def read(self, now_mono: float) -> Reading:
        """Of the time since the last one was read; the first one is of all the time before."""
        total = self._figures.since_start(now_mono)
        counted = _counted(total.tiers)
        reading = Reading(self._backlog_seconds(total, counted), self._compliance(counted))
        self._before = counted
        return reading

    def _backlog_seconds(self, total: Interval, counted: Mapping[str, _Counted]) -> Mapping[str, float]:
        downs, found = self._downs(), dict[str, float]()
        for queue in total.queues:
            each = counted.get(queue.queue, _Counted())
            if queue.queue in downs or queue.backlog is None:
                continue
            visible, seconds = queue.backlog.visible, self._handle_seconds(queue.queue, each)
            if visible == 0 or seconds is not None:
                found[queue.queue] = backlog_seconds_per_worker(
                    visible,
                    handle_seconds=seconds or 0.0,
                    hosts=self._hosts.get(queue.queue, 1),
                    slots=self._slots(queue.queue),
                )
        return {**found, WHOLE: sum(found.values())} if _all_known(total, downs, found) else found

    def _handle_seconds(self, queue: str, now: _Counted) -> float | None:
        """A message's, lately; of all time where none was handled lately; None where none ever was."""
        before = self._before.get(queue, _Counted())
        if now.handled > before.handled:
            return (now.handle_seconds - before.handle_seconds) / (now.handled - before.handled)
        return now.handle_seconds / now.handled if now.handled else None

    def _compliance(self, counted: Mapping[str, _Counted]) -> Mapping[str, float]:
        """What is overdue counts as late at once, so that a queue of which nothing is done is not left out."""
        met, late = dict[str, int](), dict[str, int]()
        for queue, now in counted.items():
            before = self._before.get(queue, _Counted())
            met[queue], late[queue] = now.met - before.met, now.missed - before.missed + now.overdue
        met[WHOLE], late[WHOLE] = sum(met.values()), sum(late.values())
        return {queue: _PERCENT * met[queue] / (met[queue] + late[queue]) for queue in met if met[queue] + late[queue]}


def _all_known(total: Interval, downs: Collection[str], found: Mapping[str, float]) -> bool:
    return all(queue.queue in found or queue.queue in downs for queue in total.queues)


def _counted(tiers: Collection[TierFigures]) -> Mapping[str, _Counted]:
    """By queue, over its tiers."""
    counted: dict[str, _Counted] = {}
    for tier in tiers:
        before, handle = counted.get(tier.queue, _Counted()), tier.stages[Stage.HANDLE]
        counted[tier.queue] = _Counted(
            before.met + tier.met,
            before.missed + tier.missed,
            before.overdue + tier.overdue,
            before.handled + handle.count,
            before.handle_seconds + handle.sum_us / MICROSECONDS,
        )
    return counted
