"""The generations of settings that a supervisor has had, and which of them is in force."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum

from punctuald.policy.pool.generations import TABLE, Event, Standing, Verdict

from .generation import Generation


class Announcement(StrEnum):
    """What it means that a generation serves now."""

    CAME_UP = "came_up"  # the first one in the daemon's life
    RELOADED = "reloaded"
    ROLLED_BACK = "rolled_back"  # the one before serves again


class Generations:
    """One generation is in force. While it is on trial the one before it is kept, so that it can be taken again."""

    def __init__(self, first: Generation) -> None:
        self.in_force = first
        self._fallback: Generation | None = None
        self._ran_before: frozenset[str] = frozenset()
        self._newest_number = first.number
        self._standing = Standing.UNPROVEN
        self._announced = False
        self._next_announcement = Announcement.CAME_UP
        self._came_up = False

    @property
    def state(self) -> str:
        """What the settings in force are about: starting, reloading (a roll-back, too) or running."""
        if self._announced:
            return "running"
        return "reloading" if self._came_up else "starting"

    @property
    def next_number(self) -> int:
        """Numbers are never used twice, also after a roll-back: a worker is known by the settings it started with."""
        return self._newest_number + 1

    def install(self, fresh: Generation, running: Collection[str] = ()) -> None:
        """A reload: ``fresh`` is in force from now on, on trial. ``running`` are the queues that were available."""
        self._happen(Event.RELOADED)
        if self._fallback is None:  # else the trial before it was no proof, and what ran before both counts
            self._fallback, self._ran_before = self.in_force, frozenset(running)
        self.in_force, self._newest_number, self._announced = fresh, fresh.number, False
        self._next_announcement = Announcement.RELOADED

    def worker_ready(self, number: int) -> None:
        """A worker of generation ``number`` is ready, which proves that generation if it is the one in force."""
        if number == self.in_force.number:
            self._happen(Event.WORKER_READY)
            self._fallback = None

    def refused(self) -> Verdict:
        """A worker of the generation in force is refused as a whole: only a person can mend it."""
        return self._happen(Event.REFUSED)

    def refused_queue(self, queue: str) -> Verdict:
        """A worker of the generation in force is refused by one of its queues, and goes on with the others.

        Of a queue that was there before the reload this is the reload's fault. One that is new, or that was unavailable
        before, says nothing against the rest: else no setting could be changed while any queue is away.
        """
        on_trial = self._fallback is not None
        return self._happen(Event.REFUSED) if on_trial and queue in self._ran_before else Verdict.STAYS

    def not_started(self) -> Verdict:
        """A process of the generation in force never came up: it is given up, or can't start yet."""
        return self._happen(Event.NOT_STARTED)

    def announce(self, workers_ready: int) -> Announcement | None:
        """Once for each time that a generation comes into force: when enough of its workers are ready."""
        if self._announced or workers_ready < self.in_force.min_workers:
            return None
        announcement = self._next_announcement if self._came_up else Announcement.CAME_UP
        self._announced = self._came_up = True
        return announcement

    def _happen(self, event: Event) -> Verdict:
        self._standing, verdict = TABLE[self._standing][event]
        if verdict is Verdict.ROLL_BACK and self._fallback is not None:
            self.in_force, self._fallback, self._announced = self._fallback, None, False
            self._next_announcement = Announcement.ROLLED_BACK
        return verdict
