"""The parent: one wait on signals, children's lines and time; then do what policy says.

It has no threads, no network, no user code: nothing can hang it and `fork` is always safe (after PostgreSQL's
postmaster).
"""

from __future__ import annotations

import signal
from collections.abc import Callable
from functools import partial

from punctuald.clock import Clock
from punctuald.errors import ConfigurationError
from punctuald.logs import logger, present
from punctuald.policy.pool.fleet import Event, State
from punctuald.policy.pool.generations import Verdict
from punctuald.process.channel.channel import LAST_WORDS_BYTES, READ_BYTES
from punctuald.process.channel.frames import Available, Dump, Misconfigured, OnTime, Ready, Recycle, Target, Unavailable
from punctuald.process.death import Death
from punctuald.process.exit_status import ExitStatus
from punctuald.process.notify import Notifier
from punctuald.process.process_group import suspend
from punctuald.process.signals import SignalQueue

from .announcements import Announcements
from .children import Closable, reap
from .companions import Companions
from .generation import BuildGeneration, Generation, ReportStatistics
from .generations import Generations
from .leftovers import Leftovers
from .managed_process import ManagedProcess
from .pool import Pool
from .queue_states import QueueStates
from .stop import DaemonStop
from .wait import LONGEST_WAIT_SECONDS, wait_for
from .watch import Watch

log = logger()

STOPS = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT)


class Supervisor:
    """Runs the pool and its companions until it is stopped; `run` returns the exit status."""

    def __init__(
        self,
        build: BuildGeneration,
        clock: Clock,
        notifier: Notifier,
        report: ReportStatistics,
        early_signals: SignalQueue | None = None,
    ) -> None:
        self._build = build
        self._clock = clock
        self._notifier = notifier
        self._report = report
        self._generations = Generations(build(1, None))
        self._pool = Pool(clock)
        self._queues = QueueStates(self._generation.board.layout.queues, clock)
        self._announcements = Announcements(self._generations, self._pool, self._queues, notifier, clock)
        self._companions = Companions(clock)
        self._target = self._generation.min_workers
        self._offset = 0  # SIGTTIN and SIGTTOU
        self._stop = DaemonStop(self._pool, notifier, clock)
        self._signals = SignalQueue(self._verbs, while_waiting=(signal.SIGTTOU,))
        if early_signals is not None:
            self._signals.take_over(early_signals)
        self._watch = Watch(clock, LONGEST_WAIT_SECONDS)
        self._leftovers = Leftovers(clock)

    @property
    def _verbs(self) -> dict[signal.Signals, Callable[[], None]]:
        return {
            **{number: partial(self._stop.asked_by, number) for number in STOPS},
            signal.SIGHUP: self._reload,
            signal.SIGTTIN: lambda: self._shift(1),
            signal.SIGTTOU: lambda: self._shift(-1),
            signal.SIGUSR1: self._dump,
            signal.SIGTSTP: lambda: suspend(process.pid for process in self._processes),
            signal.SIGCHLD: lambda: None,  # only wakes the wait; dead children are reaped each time round
        }

    def run(self) -> int:
        """Until the last child is gone. 0 = stopped as asked, 1 = nothing could be kept running, 78 = misconfigured."""
        log.info("daemon.started", min_workers=self._generation.min_workers, max_workers=self._generation.max_workers)
        self._generation.apply_logging()
        self._pool.make_room(self._generation)
        while not self._finished():
            self._follow()
            wait_for(self._signals, self._processes, self._clock.mono(), self._leftovers.due_mono)
            self._watch.wake(self._processes)
            for process in self._processes:
                self._hear(process)
            for number in self._signals.read():
                self._verbs[number]()
            self._handle_deaths(reap())
            self._watch.look(self._processes)
            self._leftovers.look(at_once=self._stop.event is Event.KILL)
            self._notifier.watchdog(self._clock.mono())
            self._generation.board.tables.supervisor_words.turned(self._clock.mono())
        self._report(self._generation, "stats.final")
        self._announcements.stopped(int(self._stop.exit_status))
        self._signals.close()  # not before the last line: a background job may be stopped for writing it
        return self._stop.exit_status

    def _finished(self) -> bool:
        if self._stop.event is None or self._pool.alive:
            return False
        ended = self._companions.ended(self._generation, self._inherited, killed=self._stop.event is Event.KILL)
        return ended and not self._leftovers.are_being_ended

    # --- one turn of the loop

    def _follow(self) -> None:
        if self._stop.event is not None:
            return
        self._announcements.look()
        self._pool.follow(self._wanted, self._generation, self._inherited, self._companions.autoscaler.send)
        self._companions.start_missing(self._generation, self._target, self._inherited)

    @property
    def _wanted(self) -> int:
        return self._generation.bounded(self._target + self._offset)

    @property
    def _generation(self) -> Generation:
        return self._generations.in_force

    @property
    def _processes(self) -> list[ManagedProcess]:
        return [*self._pool, *self._companions]

    def _inherited(self) -> list[Closable]:
        channels = (process.channel for process in self._processes if process.channel is not None)
        return [self._signals, *self._generation.listeners, *self._pool.lines, *channels]

    def _hear(self, process: ManagedProcess, at_most_bytes: int = READ_BYTES) -> None:
        for frame in process.hear(at_most_bytes):
            match frame:
                case Ready(start_seconds):
                    self._ready(process, start_seconds)
                case Recycle(reason):
                    process.retire(reason)
                case Misconfigured(text):
                    self._misconfigured(process, text)
                case Unavailable() | Available():
                    self._queue_changed(process, frame)
                case Target(workers, generation) if process is self._companions.autoscaler:
                    if generation == self._generation.number:  # an older autoscaler may still be talking
                        self._target = self._generation.bounded(workers)
                case OnTime() if process is self._companions.observer:
                    self._announcements.complies(frame)

    def _ready(self, process: ManagedProcess, start_seconds: float) -> None:
        if process.slot.state is not State.STARTING:
            return  # it is to end, and is no proof of its settings; or it says so again
        process.became_ready(start_seconds)
        if process not in self._companions and process.slot.generation == self._generation.number:
            self._generations.worker_ready(process.slot.generation)
            self._queues.ready(process.pid)

    # --- deaths

    def _handle_deaths(self, deaths: list[Death]) -> None:
        processes = {process.pid: process for process in self._processes if process.pid}
        for death in deaths:
            process = processes.get(death.pid)
            if process is None:
                continue  # a zygote, whose line says so; or a process that came to us as the subreaper
            self._leftovers.of(death.pid)
            self._hear(process, LAST_WORDS_BYTES)
            self._queues.ended(death.pid)
            lost = process.ended(death, self._generation.number)
            if lost and process is not self._companions.observer:
                self._lost(process, death)

    def _lost(self, process: ManagedProcess, death: Death) -> None:
        if self._generations.not_started() is Verdict.ROLL_BACK:
            self._roll_back("its workers can't be started")
            return
        if process in self._companions or self._pool.count(State.FATAL) < self._wanted:
            return
        self._announcements.failed(death.cause())
        self._stop.order(Event.DRAIN, "no worker can be started", ExitStatus.FAILED)

    def _queue_changed(self, process: ManagedProcess, frame: Unavailable | Available) -> None:
        if process.slot.generation != self._generation.number:
            return  # as for `_misconfigured`; here the worker goes on with its other queues
        match frame:
            case Unavailable(queue, text, True) if self._generations.refused_queue(queue) is Verdict.ROLL_BACK:
                self._roll_back(text)
            case _:
                self._queues.changed(process.pid, frame)

    def _misconfigured(self, process: ManagedProcess, text: str) -> None:
        number = process.slot.generation
        if number != self._generation.number:  # rolled back, or reloaded since: says nothing of the settings in force
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

    # --- verbs

    def _dump(self) -> None:
        self._report(self._generation, "stats.snapshot")
        self._pool.send_all(Dump())

    def _shift(self, by: int) -> None:
        shift = self._generation.shifted(self._target, self._offset, by)
        self._offset = shift.offset
        log.info("pool.shifted", offset=shift.offset, workers=self._wanted, **present(limit=shift.limit))

    def _reload(self) -> None:
        if self._stop.event is not None:
            return
        self._notifier.reloading(self._clock.mono())
        try:
            fresh = self._build(self._generations.next_number, self._generation)
        except ConfigurationError as error:
            self._announcements.reload_refused(error)
            return
        log.info("reload.started", generation=fresh.number)
        self._generations.install(fresh, self._queues.available)
        self._follow_settings()

    def _roll_back(self, reason: str) -> None:
        self._announcements.rolled_back(reason)
        self._follow_settings()

    def _follow_settings(self) -> None:
        """Apply the settings of the generation that came into force just now."""
        generation = self._generation
        self._offset = 0
        self._target = generation.bounded(self._target)
        generation.apply_logging()
        self._queues.keep(generation.board.layout.queues)
        self._pool.make_room(generation)
        self._pool.forgive()
        self._companions.settings_changed()
