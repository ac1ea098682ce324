"""One handler slot: takes the most urgent message, runs the handler, hands the outcome on."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NoReturn

import structlog

from punctuald.clock import Clock
from punctuald.delivery.buffer import Buffer
from punctuald.delivery.inflight import InFlight
from punctuald.delivery.run import Run
from punctuald.delivery.settler import Settler
from punctuald.handler import Handler
from punctuald.handler.invoke import OnFailure
from punctuald.process.this_process import this_process
from punctuald.stats.worker_stats import WorkerStats

log = structlog.get_logger()


RUN_OVERDUE_SECONDS = 0.003
"""A run was reckoned to take 1 ms: after this it is at a message that takes longer, or another process has the CPU."""


@dataclass(frozen=True, slots=True)
class Work:
    """What is done with one queue's messages."""

    handler: Handler
    settler: Settler
    fetch: Callable[[], bool]  # receive some more, where that is for slots to do; whether it brought any
    time_limit_seconds: float  # 0 = none


@dataclass(frozen=True, slots=True)
class Running:
    """What a slot is at."""

    queue: str
    message_id: str
    since_mono: float
    time_limit_seconds: float


class Slot:
    """A thread of a worker. The handler runs in it, so one that never comes back can only be left.

    ``on_crash`` is told of a fault of our own: the worker must not go on with a slot less than it believes.
    """

    def __init__(
        self,
        number: int,
        buffer: Buffer,
        work: Sequence[Work],
        stats: WorkerStats,
        clock: Clock,
        on_failure: OnFailure,
        on_crash: Callable[[BaseException], None],
    ) -> None:
        self._number = number
        self._buffer = buffer
        self._work = work
        self._board = stats.slot(number)
        self._clock = clock
        self._on_failure = on_failure
        self._on_crash = on_crash
        self._pid = this_process.pid
        self._thread = threading.Thread(target=self._run, name=f"slot-{number}", daemon=True)
        self._run_under_way: Run | None = None
        self._current: tuple[InFlight, float, float] | None = None  # first message, since, time limit
        self._fetched = 0  # from which queue last
        self.handled = 0  # messages since the start
        buffer.watched(self.let_go)

    def start(self) -> None:
        """Start taking messages."""
        self._thread.start()

    @property
    def ended(self) -> bool:
        """Whether it found the buffer closed and went."""
        return not self._thread.is_alive()

    @property
    def running(self) -> Running | None:
        """What it is at."""
        current = self._current
        if current is None:
            return None
        first, since_mono, time_limit_seconds = current
        return Running(first.message.queue, first.id, since_mono, time_limit_seconds)

    def is_stuck(self, now_mono: float, grace_seconds: float = 1.0) -> bool:
        """Whether its handler passed its time limit. The grace lets a coroutine's own cancellation come first."""
        running = self.running
        if running is None or not running.time_limit_seconds:
            return False
        return now_mono - running.since_mono > running.time_limit_seconds + grace_seconds

    def acquit(self) -> None:
        """What it still runs was given back in order: it is not to blame when this process ends."""
        self._board.stop()

    def let_go(self) -> None:
        """Where a message of its run takes longer than thought: let others have the rest, and settle what is done."""
        run = self._run_under_way
        if run is None or self._clock.mono() - run.begun_mono < RUN_OVERDUE_SECONDS:
            return
        settler = self._work[run.queue].settler
        settler.give_back(self._buffer.put_back(run.take_unstarted()))
        settler.settle(run.take_finished())

    def _run(self) -> None:
        try:
            while items := self._next():
                self._handle(items, self._work[items[0].queue])
        except BaseException as error:  # of our own: what a handler raises never gets here
            log.critical("delivery.thread_crashed", thread=f"slot-{self._number}", exc_info=error)
            self._on_crash(error)

    def _next(self) -> list[InFlight]:
        """The most urgent, received here where that is for slots to do, or else waited for."""
        while not (items := self._buffer.take(timeout_seconds=0)) and self._fetch():
            pass
        return items or self._buffer.take()

    def _fetch(self) -> bool:
        for _ in self._work:  # in turn, so that no queue waits for another one to run dry
            self._fetched = (self._fetched + 1) % len(self._work)
            if self._work[self._fetched].fetch():
                return True
        return False

    def _handle(self, items: Sequence[InFlight], work: Work) -> None:
        if work.handler.batch:
            self._handle_together(items, work)
        else:
            self._handle_one_by_one(items, work)

    def _handle_together(self, items: Sequence[InFlight], work: Work) -> None:
        first = items[0]
        now_mono = self._clock.mono() if first.started_mono is None else first.started_mono
        self._board.start(first.id, first.queue, now_mono)
        self._current = (first, now_mono, work.time_limit_seconds)
        outcomes = work.handler.handle([item.message for item in items], self._on_failure)
        if this_process.pid != self._pid:
            self._end_fork()
        for item, outcome in zip(items, outcomes, strict=True):
            item.outcome = outcome
        self.handled += len(items)
        self._settle(items, work)

    def _handle_one_by_one(self, items: Sequence[InFlight], work: Work) -> None:
        clock_mono, tell, handle = self._clock.mono, self._board.start, work.handler.handle_one
        time_limit_seconds, on_failure = work.time_limit_seconds, self._on_failure
        now_mono, queue = clock_mono(), items[0].queue
        run = self._run_under_way = Run(items, queue, now_mono)
        finished = run.finished
        for item in run:
            item.started_mono = now_mono
            tell(item.id, queue, now_mono)
            self._current = (item, now_mono, time_limit_seconds)
            outcome = handle(item.message, on_failure)
            if this_process.pid != self._pid:
                self._end_fork()
            item.outcome = outcome
            item.finished_mono = now_mono = clock_mono()
            finished(item)
            self.handled += 1
        self._run_under_way = None
        self._settle(run.take_finished(), work)

    def _settle(self, items: Sequence[InFlight], work: Work) -> None:
        self._board.stop()
        self._current = None
        work.settler.settle(items)

    def _end_fork(self) -> NoReturn:
        os._exit(0)  # a fork that the handler made came back out of it: it must not settle our messages too
