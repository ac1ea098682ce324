"""Ends what a child of ours left behind in its process group, without waiting for any of it."""

from __future__ import annotations

import signal
from math import inf

from punctuald.clock import Clock
from punctuald.logs import logger
from punctuald.policy.pool.leftovers import Group, Signal, group_of, step
from punctuald.process.process_group import has_members, names_of_members, signal_group

log = logger()

MOST_NAMED = 8
"""A handler that left hundreds left them by few names."""


class Leftovers:
    """Looked at in each of the supervisor's turns. A process in a group or session of its own is not found: it was
    meant to live on."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._groups: dict[int, Group] = {}

    @property
    def due_mono(self) -> float:
        """When the next look is due; infinite where there is nothing to look at."""
        return min((group.due_mono for group in self._groups.values()), default=inf)

    @property
    def are_being_ended(self) -> bool:
        """Whether there are any."""
        return bool(self._groups)

    def of(self, pid: int) -> None:
        """A child was reaped just now: watch what is left of its group, if anything is."""
        if has_members(pid):
            self._groups[pid] = group_of(pid, self._clock.mono())

    def look(self, *, at_once: bool) -> None:
        """Do what is due. ``at_once``: kill all of it now."""
        now_mono = self._clock.mono()
        for group in list(self._groups.values()):
            del self._groups[group.pid]
            if has_members(group.pid):
                taken = step(group, now_mono, at_once=at_once)
                if taken.signal is Signal.NOTHING or self._signalled(group.pid, signal.Signals[taken.signal.value]):
                    self._keep(taken.group)

    def _keep(self, group: Group | None) -> None:
        if group is not None:
            self._groups[group.pid] = group

    def _signalled(self, pid: int, number: signal.Signals) -> bool:
        """Whether anybody was there to be signalled: what has ended and waits to be reaped is not."""
        names = names_of_members(pid)
        if names:
            named = list(dict.fromkeys(names))[:MOST_NAMED]
            log.warning("process.leftovers", pid=pid, signal=number.name, count=len(names), names=named)
            signal_group(pid, number)
        return bool(names)
