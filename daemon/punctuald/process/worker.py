"""The child that does the work. Its main thread only watches: signals, the lifeline, stuck handlers, its own age."""

from __future__ import annotations

import contextlib
import os
import select
import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog

from punctuald.clock import Clock
from punctuald.delivery.drain import Drain
from punctuald.delivery.inflight import Fate
from punctuald.delivery.lane import Lane
from punctuald.policy.recycling import RecyclingRules, WorkerAge, recycle_reason
from punctuald.process.channel import ChildEnd
from punctuald.process.children import EXIT_CRASHED, EXIT_MISCONFIGURED
from punctuald.process.frames import Dump, Misconfigured, Ready, Recycle, Stuck, Up
from punctuald.process.inbox import Inbox, Note
from punctuald.process.orders import Controls, carry_out
from punctuald.process.signals import SignalQueue
from punctuald.process.slot import Slot
from punctuald.stats.worker_stats import WorkerStats

log = structlog.get_logger()

_TURN_SECONDS = 1.0  # heartbeats; also how late a stuck handler is seen
_DRAIN_TURN_SECONDS = 0.05
_ALL_QUEUES_SECONDS = 2.0  # a worker whose one queue is silent is ready on the others after this long
_POLL_GRACE_SECONDS = 5.0  # how much longer than its wait a last long poll may take
_FLUSH_SECONDS = 5.0
_ENDING_SECONDS = 0.2  # a receiver that was refused, or whose poll just ended, needs a moment to end as well
_ACCUSED_SECONDS = 1.0  # how long the supervisor may take to note what we are stuck in
_WARM_SECONDS = 30.0  # when a worker's memory is taken as its baseline


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a worker may take, and live."""

    drain_timeout_seconds: float
    longest_wait_seconds: float
    recycling: RecyclingRules
    recycling_jitter: float  # 0 to 1, drawn once per worker


class Worker:
    """Runs lanes and slots until told to stop; `run` returns the exit status."""

    def __init__(
        self,
        *,
        lanes: Sequence[Lane],
        slots: Sequence[Slot],
        drain: Drain,
        stats: WorkerStats,
        channel: ChildEnd,
        controls: Controls,
        inbox: Inbox,
        clock: Clock,
        limits: Limits,
        own_memory_bytes: Callable[[], int],
        deaths_of: Callable[[str], int],
        forked_mono: float,
    ) -> None:
        self._lanes = lanes
        self._slots = slots
        self._drain = drain
        self._stats = stats
        self._channel = channel
        self._controls: Controls = {**controls, Dump: lambda _: self._tell_state()}
        self._inbox = inbox
        self._clock = clock
        self._limits = limits
        self._own_memory_bytes = own_memory_bytes
        self._deaths_of = deaths_of
        self._forked_mono = forked_mono
        self._signals = SignalQueue((signal.SIGTERM, signal.SIGINT))
        self._poll = self._watched()
        self._answered = 0  # queues that answered their first receive
        self._first_answer_mono: float | None = None
        self._ready = False
        self._retiring = False
        self._memory_baseline_bytes: int | None = None
        self._status: int | None = None  # set: leave the main loop, with this
        self._fast = False

    def run(self) -> int:
        """Work until told to stop. 0 = drained, 70 = stuck or crashed, 78 = a queue or handler refused us."""
        for ignored in (signal.SIGHUP, signal.SIGUSR1, signal.SIGTTIN, signal.SIGTTOU, signal.SIGQUIT):
            signal.signal(ignored, signal.SIG_IGN)  # meant for the supervisor; a terminal sends some to the whole group
        self._stats.attach(os.getpid(), self._clock.mono())
        for lane in self._lanes:
            lane.start()
        for slot in self._slots:
            slot.start()
        while self._status is None:
            self._turn(_TURN_SECONDS)
            self._tell_ready()
            self._watch_age()
        self._leave()
        return self._status

    def _watched(self) -> select.poll:
        poll = select.poll()
        for source in (self._signals, self._channel, self._inbox):
            poll.register(source.fileno(), select.POLLIN)
        return poll

    def _turn(self, seconds: float) -> None:
        """One wait, and whatever ended it."""
        events = dict(self._poll.poll(seconds * 1000))
        self._stats.heartbeat(self._clock.mono())
        for number in self._signals.read():
            self._told(number)
        for note, text in self._inbox.read():
            self._noted(note, text)
        if self._channel.fileno() in events:
            self._hear()
        self._watch_handlers()

    def _hear(self) -> None:
        orders, orphaned = self._channel.read()
        carry_out(orders, self._controls)
        if orphaned:
            log.warning("worker.orphaned")
            self._poll.unregister(self._channel.fileno())  # it stays readable: no wait would ever wait again
            self._status = self._status or 0

    def _tell_state(self) -> None:
        now_mono = self._clock.mono()
        running = [running for slot in self._slots if (running := slot.running)]
        log.info(
            "worker.state",
            ready=self._ready,
            retiring=self._retiring,
            leaving=self._status is not None,
            age_seconds=round(now_mono - self._forked_mono, 3),
            handled=sum(slot.handled for slot in self._slots),
            running={each.message_id: round(now_mono - each.since_mono, 3) for each in running},
        )

    def _told(self, number: signal.Signals) -> None:
        self._fast = self._fast or number is signal.SIGINT
        self._status = self._status or 0

    def _noted(self, note: Note, text: str) -> None:
        match note:
            case Note.RECEIVED:
                self._answered += 1
                self._first_answer_mono = self._first_answer_mono or self._clock.mono()
            case Note.MISCONFIGURED:
                self._tell(Misconfigured(text))
                self._status, self._fast = EXIT_MISCONFIGURED, True
            case Note.CRASHED:
                self._status, self._fast = EXIT_CRASHED, True

    def _tell_ready(self) -> None:
        if self._ready or self._first_answer_mono is None:
            return
        now_mono = self._clock.mono()
        if self._answered == len(self._lanes) or now_mono - self._first_answer_mono > _ALL_QUEUES_SECONDS:
            self._ready = True
            start_seconds = now_mono - self._forked_mono
            self._stats.ready(now_mono, start_seconds)
            self._tell(Ready(start_seconds))

    def _tell(self, frame: Up) -> None:
        """To the supervisor. One that is gone hears nothing, and the lifeline says so in the next turn."""
        with contextlib.suppress(OSError):
            self._channel.tell(frame)

    def _watch_handlers(self) -> None:
        stuck = [slot for slot in self._slots if slot.is_stuck(self._clock.mono())]
        if stuck and not self._retiring and self._status is None:
            for slot in stuck:
                running = slot.running
                if running is not None:
                    seconds = round(self._clock.mono() - running.since_mono, 1)
                    log.error("handler.stuck", queue=running.queue, message_id=running.message_id, seconds=seconds)
            self._retire("handler stuck")

    def _watch_age(self) -> None:
        if self._retiring or self._status is not None:
            return
        rules = self._limits.recycling
        age = WorkerAge(
            messages=sum(slot.handled for slot in self._slots),
            seconds=self._clock.mono() - self._forked_mono,
            memory_bytes=self._own_memory_bytes() if rules.growth_bytes else None,
            baseline_bytes=self._memory_baseline_bytes,
        )
        if self._memory_baseline_bytes is None and age.seconds > _WARM_SECONDS:
            self._memory_baseline_bytes = age.memory_bytes
        reason = recycle_reason(age, rules, self._limits.recycling_jitter)
        if reason is not None:
            self._retire(f"recycled by {reason}")

    def _retire(self, reason: str) -> None:
        """Ask to be replaced; the supervisor drains us once the successor is ready."""
        self._retiring = True
        self._tell(Recycle(reason))

    # --- the stop, in the order that loses nothing (design, §3)

    def _leave(self) -> None:
        begun_mono = self._clock.mono()
        self._stats.leaving()
        self._drain.begin()
        self._wait_for_handlers_and_polls(begun_mono)
        received = self._drain.wait_received(self._clock.mono() + _ENDING_SECONDS)
        stuck = [slot for slot in self._slots if slot.is_stuck(self._clock.mono())]
        if stuck:
            self._status = EXIT_CRASHED
            self._confess(stuck)
        self._drain.give_up_unfinished()
        self._drain.flush(self._clock.mono() + _FLUSH_SECONDS)
        for slot in self._slots:
            if slot not in stuck:
                slot.acquit()
        self._drain.end()
        self._stats.heartbeat(self._clock.mono())  # the last samples too
        self._tell_fates(begun_mono, abandoned_polls=not received)

    def _confess(self, stuck: Sequence[Slot]) -> None:
        """Have the supervisor suspect what is stuck before it is given back: whoever gets it next looks it up."""
        deaths = {
            running.message_id: self._deaths_of(running.message_id) for slot in stuck if (running := slot.running)
        }
        self._tell(Stuck(tuple(deaths)))
        until_mono = self._clock.mono() + _ACCUSED_SECONDS
        while any(self._deaths_of(message_id) == before for message_id, before in deaths.items()):
            if self._clock.mono() >= until_mono:
                return  # a supervisor that is gone, or busier than ever, accuses nobody now
            self._turn(_DRAIN_TURN_SECONDS)

    def _wait_for_handlers_and_polls(self, begun_mono: float) -> None:
        handlers_until_mono = begun_mono + self._limits.drain_timeout_seconds
        polls_until_mono = begun_mono + self._limits.longest_wait_seconds + _POLL_GRACE_SECONDS
        while not self._fast:
            now_mono = self._clock.mono()
            handlers = now_mono < handlers_until_mono and not all(
                slot.ended or slot.is_stuck(now_mono) for slot in self._slots
            )
            polls = now_mono < polls_until_mono and not self._drain.wait_received(now_mono)
            if not handlers and not polls:
                return
            self._turn(_DRAIN_TURN_SECONDS)

    def _tell_fates(self, begun_mono: float, *, abandoned_polls: bool) -> None:
        fates = self._drain.fates()
        log.info(
            "worker.drained",
            seconds=round(self._clock.mono() - begun_mono, 3),
            abandoned_polls=abandoned_polls,
            fates={message_id: fate.value for message_id, fate in fates.items() if fate is not Fate.ACKNOWLEDGED},
            **self._drain.summary(),
        )
