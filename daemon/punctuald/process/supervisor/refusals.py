"""What it means for the daemon that workers are refused, or can't be started."""

from __future__ import annotations

from collections.abc import Callable

from punctuald.logs import logger
from punctuald.policy.pool.fleet import Event
from punctuald.policy.pool.generations import Verdict
from punctuald.process.channel.frames import Available, Unavailable
from punctuald.process.death import Death
from punctuald.process.exit_status import ExitStatus

from .announcements import Announcements
from .generations import Generations
from .managed_process import ManagedProcess
from .queue_states import QueueStates
from .stop import DaemonStop

log = logger()


class Refusals:
    """The settings in force are kept, rolled back, or the daemon ends. ``follow_settings`` applies those that came into
    force."""

    def __init__(
        self,
        generations: Generations,
        queues: QueueStates,
        announcements: Announcements,
        stop: DaemonStop,
        follow_settings: Callable[[], None],
    ) -> None:
        self._generations = generations
        self._queues = queues
        self._announcements = announcements
        self._stop = stop
        self._follow_settings = follow_settings

    def lost(self, death: Death, *, were_all: bool) -> None:
        """A process is given up, or can't start yet. ``were_all``: so is every worker that is wanted."""
        if self._generations.not_started() is Verdict.ROLL_BACK:
            self._roll_back("its workers can't be started")
        elif were_all:
            self._announcements.failed(death.cause())
            self._stop.order(Event.DRAIN, "no worker can be started", ExitStatus.FAILED)

    def queue_changed(self, process: ManagedProcess, frame: Unavailable | Available) -> None:
        """The worker says that it can't receive from a queue, or can again."""
        if process.slot.generation != self._generations.in_force.number:
            return  # as for `misconfigured`; here the worker goes on with its other queues
        match frame:
            case Unavailable(queue, text, True) if self._generations.refused_queue(queue) is Verdict.ROLL_BACK:
                self._roll_back(text)
            case _:
                self._queues.changed(process.pid, frame)

    def misconfigured(self, process: ManagedProcess, text: str) -> None:
        """The worker is refused as a whole, and only a person can mend that."""
        number = process.slot.generation
        if number != self._generations.in_force.number:  # rolled back, or reloaded since: it says nothing now
            log.info("worker.outdated_refused", worker=process.slot.index, generation=number, error=text)
            return
        match self._generations.refused():
            case Verdict.STAYS:
                log.error("worker.misconfigured", worker=process.slot.index, error=text)  # tried again, slowly
            case Verdict.ROLL_BACK:
                self._roll_back(text)
            case Verdict.END if self._stop.event is None:
                self._announcements.misconfigured(text)
                self._stop.order(Event.FAST, "misconfigured", ExitStatus.MISCONFIGURED)

    def _roll_back(self, reason: str) -> None:
        self._announcements.rolled_back(reason)
        self._follow_settings()
