"""One handler slot: takes the most urgent message, runs the handler, hands the outcome on."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass

from punctuald.clock import Clock
from punctuald.delivery.buffer import Buffer
from punctuald.delivery.inflight import InFlight
from punctuald.delivery.run import Run
from punctuald.delivery.settler import Settler
from punctuald.handler import Handler
from punctuald.handler.invoke import OnFailure
from punctuald.stats.worker_stats import WorkerStats

RUN_OVERDUE_SECONDS = 0.003
"""A run was reckoned to take 1 ms: after this it is at a message that takes longer, or another process has the CPU."""


@dataclass(frozen=True, slots=True)
class Work:
    """What is done with one queue's messages."""

    handler: Handler
    settler: Settler
    time_limit_seconds: float  # 0 = none


@dataclass(frozen=True, slots=True)
class Running:
    """What a slot is at."""

    queue: str
    message_id: str
    since_mono: float
    time_limit_seconds: float


class Slot:
    """A thread of a worker. The handler runs in it, so one that never comes back can only be left."""

    def __init__(
        self, number: int, buffer: Buffer, work: Sequence[Work], stats: WorkerStats, clock: Clock, on_failure: OnFailure
    ) -> None:
        self._number = number
        self._buffer = buffer
        self._work = work
        self._stats = stats
        self._clock = clock
        self._on_failure = on_failure
        self._pid = os.getpid()
        self._thread = threading.Thread(target=self._run, name=f"slot-{number}", daemon=True)
        self._run_under_way: Run | None = None
        self._current: tuple[InFlight, float, float] | None = None  # first message, since, time limit
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
        self._stats.idle(self._number)

    def let_go(self) -> None:
        """Where a message of its run takes longer than thought: let others have the rest, and settle what is done."""
        run = self._run_under_way
        if run is None or self._clock.mono() - run.begun_mono < RUN_OVERDUE_SECONDS:
            return
        settler = self._work[run.queue].settler
        settler.give_back(self._buffer.put_back(run.take_unstarted()))
        settler.settle(run.take_finished())

    def _run(self) -> None:
        while items := self._buffer.take():
            self._handle(items, self._work[items[0].queue])

    def _handle(self, items: Sequence[InFlight], work: Work) -> None:
        if work.handler.batch:
            self._handle_together(items, work)
        else:
            self._handle_one_by_one(items, work)

    def _handle_together(self, items: Sequence[InFlight], work: Work) -> None:
        first = items[0]
        self._begin(first, self._clock.mono() if first.started_mono is None else first.started_mono, work)
        outcomes = work.handler.handle([item.message for item in items], self._on_failure)
        self._end_if_forked()
        for item, outcome in zip(items, outcomes, strict=True):
            item.outcome = outcome
        self.handled += len(items)
        self._settle(items, work)

    def _handle_one_by_one(self, items: Sequence[InFlight], work: Work) -> None:
        now_mono = self._clock.mono()
        run = self._run_under_way = Run(items, items[0].queue, now_mono)
        while (item := run.begin_next()) is not None:
            item.started_mono = now_mono
            self._begin(item, now_mono, work)
            outcome = work.handler.handle_one(item.message, self._on_failure)
            self._end_if_forked()
            item.outcome = outcome
            item.finished_mono = now_mono = self._clock.mono()
            run.finished(item)
            self.handled += 1
        self._run_under_way = None
        self._settle(run.take_finished(), work)

    def _begin(self, first: InFlight, now_mono: float, work: Work) -> None:
        self._stats.running(self._number, first.id, first.queue, now_mono)
        self._current = (first, now_mono, work.time_limit_seconds)

    def _settle(self, items: Sequence[InFlight], work: Work) -> None:
        self._stats.idle(self._number)
        self._current = None
        work.settler.settle(items)

    def _end_if_forked(self) -> None:
        if os.getpid() != self._pid:
            os._exit(0)  # a fork that the handler made came back out of it: it must not settle our messages too
