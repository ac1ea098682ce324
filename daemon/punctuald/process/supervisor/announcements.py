"""What the supervisor says of the daemon as a whole, to its log and to systemd: serving, and with which queues."""

from __future__ import annotations

from collections.abc import Sequence

from punctuald.logs import logger
from punctuald.policy.pool.fleet import State

from .generations import Announcement, Generations
from .notify import Notifier
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
        self._shown: list[str] = []

    def look(self) -> None:
        """Say once of each settings in force that they serve, and whenever it changes which queues are unavailable."""
        generation, unavailable = self._generations.in_force, self._queues.unavailable
        ready = self._pool.count(State.READY, generation=generation.number)
        announcement = self._generations.announce(ready)
        if announcement is not None:
            event = "daemon.ready" if announcement is Announcement.CAME_UP else "reload.completed"
            log.info(event, workers=ready, generation=generation.number, unavailable=unavailable[:MOST_NAMED])
            self._notifier.ready(status_of(ready, unavailable))
        elif unavailable != self._shown:
            self._notifier.status(status_of(ready, unavailable))
        self._shown = unavailable


def status_of(workers_ready: int, unavailable: Sequence[str]) -> str:
    """One line for ``systemctl status``."""
    if not unavailable:
        return f"{workers_ready} workers ready"
    more = f" and {len(unavailable) - MOST_NAMED} more" if len(unavailable) > MOST_NAMED else ""
    return f"{workers_ready} workers ready; unavailable: {', '.join(unavailable[:MOST_NAMED])}{more}"
