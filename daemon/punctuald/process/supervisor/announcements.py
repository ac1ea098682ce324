"""What the supervisor says of the daemon as a whole, to its log and to systemd: serving, and with which queues."""

from __future__ import annotations

from collections.abc import Sequence
from math import floor

from punctuald.clock import Clock
from punctuald.errors import ConfigurationError
from punctuald.logs import logger
from punctuald.policy.log_lines.lists import listed
from punctuald.policy.log_lines.rate import REMINDER_SECONDS
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

    def __init__(
        self, generations: Generations, pool: Pool, queues: QueueStates, notifier: Notifier, clock: Clock
    ) -> None:
        self._clock = clock
        self._given_up_mono: float | None = None  # since when, or since it was logged last
        self._generations = generations
        self._pool = pool
        self._queues = queues
        self._notifier = notifier
        self._on_time: OnTime | None = None
        self.failed_reload = ""  # why the last reload is not in force, until one is
        self._failure = ""
        self._shown = self._changing

    def look(self) -> None:
        """Say once of each settings in force that they serve, and whenever it changes which queues are unavailable."""
        self._queues.remind()
        self._remind_of_given_up()
        generation, unavailable = self._generations.in_force, self._queues.unavailable
        ready = self._pool.count(State.READY, generation=generation.number)
        announcement = self._generations.announce(ready)
        if announcement is not None:
            self._serves(announcement, ready, generation.number, unavailable)
        elif self._changing != self._shown:
            self._notifier.status(self._status(ready))
        self._shown = self._changing

    def _remind_of_given_up(self) -> None:
        """Each has had its line; but what stays so until a person does something must not be an old line only."""
        given_up, now_mono = self._pool.count(State.FATAL), self._clock.mono()
        if not given_up:
            self._given_up_mono = None
        elif self._given_up_mono is None:
            self._given_up_mono = now_mono
        elif now_mono - self._given_up_mono >= REMINDER_SECONDS:
            self._given_up_mono = now_mono
            log.error("pool.short", given_up=given_up, mend="fix it, then reload")

    def _serves(self, announcement: Announcement, ready: int, generation: int, unavailable: Sequence[str]) -> None:
        is_new = announcement is Announcement.RELOADED
        if is_new:
            self.failed_reload = ""
        event = (
            "daemon.ready"
            if announcement is Announcement.CAME_UP
            else ("reload.completed" if is_new else "reload.undone")
        )
        log.info(event, workers=ready, generation=generation, **listed(unavailable=unavailable))
        self._notifier.ready(self._status(ready))

    def complies(self, on_time: OnTime) -> None:
        """The observer says how the tier does that is worst off."""
        self._on_time = on_time

    @property
    def _changing(self) -> str:
        """What of the status is reported anew when it changes; the number of workers changes far too often."""
        return status_of(0, self._queues.unavailable, on_time=self._on_time)

    def _status(self, workers_ready: int) -> str:
        return status_of(workers_ready, self._queues.unavailable, self.failed_reload, self._on_time)

    def reload_refused(self, error: ConfigurationError) -> None:
        """The new settings are wrong, and nothing has changed."""
        errors = str(error).splitlines()
        log.error("reload.refused", **listed(errors=errors))
        self.failed_reload = f"the last reload was refused: {errors[0]}"
        self._notifier.ready(self.failed_reload)

    def rolled_back(self, reason: str) -> None:
        """The settings before are in force again; `look` says when they serve."""
        log.error("reload.rolled_back", reason=reason, generation=self._generations.in_force.number)
        self.failed_reload = f"the last reload was rolled back: {reason}"

    def misconfigured(self, error: str) -> None:
        """Only a person can mend it, and the daemon ends."""
        log.critical("daemon.misconfigured", error=error)
        self._failure = f"misconfigured: {error}"

    def failed(self, cause: str) -> None:
        """Nothing can be kept running, and the daemon ends. ``cause``: of the last worker's end."""
        log.critical("daemon.failed", reason="no worker can be started", cause=cause)
        self._failure = f"no worker can be started: the last one {cause}"

    def stopped(self, status: int) -> None:
        """The daemon is about to end; after a failure systemd goes on showing why."""
        self._queues.end()
        log.info("daemon.stopped", status=status)
        if self._failure:
            self._notifier.status(f"failed: {self._failure}")


def status_of(
    workers_ready: int, unavailable: Sequence[str], failed_reload: str = "", on_time: OnTime | None = None
) -> str:
    """One line for ``systemctl status``."""
    parts = [f"{workers_ready} workers ready"]
    if on_time is not None:
        parts.append(_on_time_text(on_time))
    if unavailable:
        more = f" and {len(unavailable) - MOST_NAMED} more" if len(unavailable) > MOST_NAMED else ""
        parts.append(f"unavailable: {', '.join(unavailable[:MOST_NAMED])}{more}")
    return "; ".join([*parts, failed_reload] if failed_reload else parts)


def _on_time_text(on_time: OnTime) -> str:
    share = "no messages" if on_time.share is None else f"{floor(on_time.share * 1000) / 10:g} % in time"
    return f"{on_time.tier} {share}" + (", violated" if on_time.violated else "")
