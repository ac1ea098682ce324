"""What the supervisor says of the daemon as a whole, to its log and to systemd: serving, and with which queues."""

from __future__ import annotations

from collections.abc import Sequence
from math import floor

from punctuald.logs import logger
from punctuald.policy.pool.fleet import State
from punctuald.process.channel.frames import OnTime
from punctuald.process.notify import Notifier

from .generations import Announcement, Generations
from .pool import Pool
from .queue_states import QueueStates

log = logger()

MOST_NAMED = 8
"""Of 256 queues that are away together, a status line names some and says how many more there are."""


class Announcements:
    """Looks each time round whether there is anything new to say."""

    def __init__(self, generations: Generations, pool: Pool, queues: QueueStates, notifier: Notifier) -> None:
        self._generations = generations
        self._pool = pool
        self._queues = queues
        self._notifier = notifier
        self._on_time: OnTime | None = None
        self._refused = False
        self._shown = self._changing

    def look(self) -> None:
        """Say once of each settings in force that they serve, and whenever it changes what the status line has."""
        generation, unavailable = self._generations.in_force, self._queues.unavailable
        ready = self._pool.count(State.READY, generation=generation.number)
        announcement = self._generations.announce(ready)
        if announcement is not None:
            event = "daemon.ready" if announcement is Announcement.CAME_UP else "reload.completed"
            log.info(event, workers=ready, generation=generation.number, unavailable=unavailable[:MOST_NAMED])
            self._refused = False
            self._shown = self._changing
            self._notifier.ready(self._status(ready))
        elif self._changing != self._shown:
            self._shown = self._changing
            self._notifier.status(self._status(ready))

    def complies(self, on_time: OnTime) -> None:
        """The observer says how the tier does that is worst off."""
        self._on_time = on_time

    def refused(self) -> None:
        """A reload is over: its settings were refused. The status line says so until another one succeeds."""
        self._refused = True
        self._shown = self._changing
        self._notifier.ready(self._status(self._pool.count(State.READY)))

    @property
    def _changing(self) -> str:
        """What of the status is reported anew when it changes; the number of workers changes far too often."""
        return status_of(0, self._queues.unavailable, self._on_time)

    def _status(self, workers_ready: int) -> str:
        status = status_of(workers_ready, self._queues.unavailable, self._on_time)
        return f"reload refused: the old settings stay; {status}" if self._refused else status


def status_of(workers_ready: int, unavailable: Sequence[str], on_time: OnTime | None = None) -> str:
    """One line for ``systemctl status``."""
    status = f"{workers_ready} workers ready"
    if on_time is not None:
        status += f"; {_on_time_text(on_time)}"
    if not unavailable:
        return status
    more = f" and {len(unavailable) - MOST_NAMED} more" if len(unavailable) > MOST_NAMED else ""
    return f"{status}; unavailable: {', '.join(unavailable[:MOST_NAMED])}{more}"


def _on_time_text(on_time: OnTime) -> str:
    share = "no messages" if on_time.share is None else f"{floor(on_time.share * 1000) / 10:g} % in time"
    return f"{on_time.tier} {share}" + (", violated" if on_time.violated else "")
