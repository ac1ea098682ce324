"""The parent: one wait on signals, children's lines and time; then do what policy says.

It has no threads, no network, no user code: nothing can hang it, `fork` is always safe (after PostgreSQL's postmaster).
"""

from __future__ import annotations

import signal
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from punctuald.clock import Clock
from punctuald.errors import ConfigurationError
from punctuald.logs import logger
from punctuald.policy.pool.fleet import Event, State
from punctuald.process.channel.channel import LAST_WORDS_BYTES, READ_BYTES
from punctuald.process.channel.frames import Available, Dump, Misconfigured, OnTime, Ready, Recycle, Target, Unavailable
from punctuald.process.channel.operator_frames import Explained, Order
from punctuald.process.channel.share_frames import ShareTaken
from punctuald.process.death import Death
from punctuald.process.notify import Notifier
from punctuald.process.process_group import suspend
from punctuald.process.signals import NEVER, SignalQueue

from .announcements import Announcements
from .by_hand.orders import OperatorOrders
from .by_hand.pool_report import PoolReport
from .children import Closable, reap
from .companions import Companions
from .deaths.leftovers import Leftovers
from .generation import BuildGeneration, Generation, ReportStatistics
from .generations import Generations
from .managed_process import ManagedProcess
from .pool import Pool
from .queue_states import QueueStates
from .refusals import Refusals
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
        self._stop = DaemonStop(self._pool, notifier, clock)
        self._refusals = Refusals(
            self._generations, self._queues, self._announcements, self._stop, self._follow_settings
        )
        self._orders = OperatorOrders(self._generations, self._pool.pauses, self._stop, self._reload)
        self._pool_report = PoolReport(
            self._generations,
            self._pool,
            self._queues,
            self._pool.pauses,
            self._orders,
            self._announcements,
            self._stop,
            clock,
        )
        self._signals = SignalQueue(self._verbs, never=NEVER)
        if early_signals is not None:
            self._signals.take_over(early_signals)
        self._watch = Watch(clock, LONGEST_WAIT_SECONDS)
        self._leftovers = Leftovers(clock)

    @property
    def _verbs(self) -> dict[signal.Signals, Callable[[], None]]:
        return {
            **{number: partial(self._stop.asked_by, number) for number in STOPS},
            signal.SIGHUP: self._reload_by_signal,
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
            until_mono = min(self._leftovers.due_mono, self._pool_report.due_mono)
            wait_for(self._signals, self._processes, self._clock.mono(), until_mono)
            self._watch.wake(self._processes)
            for process in self._processes:
                self._hear(process)
            for number in self._signals.read():
                self._verbs[number]()
            self._handle_deaths(reap())
            self._watch.look(self._processes)
            self._pool_report.look(self._companions, self._target, self._wanted)
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
        self._pool.limits.look()
        if self._stop.event is not None:
            return
        self._announcements.look()
        self._pool.follow(self._wanted, self._generation, self._inherited, self._companions.autoscaler.send)
        self._companions.start_missing(self._generation, self._target, self._inherited)

    @property
    def _wanted(self) -> int:
        scaled_to = self._orders.scaled_to
        return self._generation.bounded(self._target if scaled_to is None else scaled_to)

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
                    self._refusals.misconfigured(process, text)
                case Unavailable() | Available():
                    self._refusals.queue_changed(process, frame)
                case ShareTaken():
                    self._pool.limits.taken(process, frame)
                case Target() | Explained() if process is self._companions.autoscaler:
                    self._hear_autoscaler(frame)
                case OnTime() | Order() if process is self._companions.observer:
                    self._hear_observer(frame)

    def _hear_autoscaler(self, frame: Target | Explained) -> None:
        match frame:
            case Target(workers, generation):
                if generation == self._generation.number:  # an older autoscaler may still be talking
                    self._target = self._generation.bounded(workers)
            case Explained():
                self._companions.observer.send(frame)

    def _hear_observer(self, frame: OnTime | Order) -> None:
        match frame:
            case OnTime():
                self._announcements.complies(frame)
            case Order():
                self._companions.observer.send(self._orders.carry_out(frame))

    def _ready(self, process: ManagedProcess, start_seconds: float) -> None:
        if process.slot.state is not State.STARTING:
            return  # it is to end, and is no proof of its settings; or it says so again
        process.became_ready(start_seconds)
        if process not in self._companions and process.slot.generation == self._generation.number:
            self._generations.worker_ready(process.slot.generation)
            self._queues.ready(process.pid)
            self._pool.pauses.keep(self._generation.board.layout.queues)  # proven: no roll-back brings others again

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
                given_up = self._pool.count(State.FATAL)
                self._refusals.lost(death, were_all=process not in self._companions and given_up >= self._wanted)

    # --- verbs

    def _dump(self) -> None:
        self._report(self._generation, "stats.snapshot")
        self._pool.send_all(Dump())

    def _reload_by_signal(self) -> None:
        if self._stop.event is None:
            with suppress(ConfigurationError):  # which was announced
                self._reload()

    def _reload(self) -> int:
        """The new generation's number. Raises `ConfigurationError` where nothing has changed, once it is announced."""
        self._notifier.reloading(self._clock.mono())
        try:
            fresh = self._build(self._generations.next_number, self._generation)
        except ConfigurationError as error:
            self._announcements.reload_refused(error)
            raise
        log.info("reload.started", generation=fresh.number)
        self._generations.install(fresh, self._queues.available)
        self._follow_settings()
        return fresh.number

    def _follow_settings(self) -> None:
        """Apply the settings of the generation that came into force just now."""
        generation = self._generation
        self._target = generation.bounded(self._target)
        generation.apply_logging()
        self._queues.keep(generation.board.layout.queues)
        self._pool.make_room(generation)
        self._pool.forgive()
        self._companions.settings_changed()
