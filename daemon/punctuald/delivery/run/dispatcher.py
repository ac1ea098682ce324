"""Gives ready messages to handlers, most urgent first, and takes them back when their handlers have ended."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from math import inf

from punctuald.clock import Clock
from punctuald.delivery.in_flight import READY, RUNNING, InFlight, move_all
from punctuald.delivery.queue_options import QueueOptions
from punctuald.delivery.ready.ready_queue import ReadyQueue
from punctuald.delivery.timer import Timer
from punctuald.policy.delivery.drain import Waiting, end_in_time
from punctuald.policy.delivery.micro_batch import (
    WORK_SECONDS,
    after_look,
    after_run,
    straggling_after_seconds,
)
from punctuald.policy.delivery.service_times import ServiceTimes

from .cpu_look import CpuLook
from .micro_batch import MicroBatch
from .queue_state import OnFinished, QueueState
from .runner import Runner
from .start_count import Count, count_starts


class Dispatcher:
    """All queues whose handlers share one runner."""

    def __init__(
        self, runner: Runner, ready: ReadyQueue, clock: Clock, service_times: ServiceTimes, count: Count
    ) -> None:
        self._runner = runner
        self._count = count
        self._ready = ready
        self._clock = clock
        self._service_times = service_times  # of all these queues together
        self._queues: dict[int, QueueState] = {}
        self._with_unstarted: set[MicroBatch] = set()
        self._straggler_timer = Timer(clock, self._take_back_stragglers)
        self._limit_timer = Timer(clock, self.dispatch)
        self._cpu_look = CpuLook(clock, self._look_at_cpu)
        self._closed = self._is_due = False
        self.look_while_paused: Callable[[], None] | None = None
        """While it is set nothing starts, and it is called instead of starting what may be started."""
        self._loop = asyncio.get_running_loop()
        self.handled = 0

    def serve(self, options: QueueOptions, on_finished: OnFinished, service_times: ServiceTimes) -> None:
        """Handle messages of this queue; a ``batch_size`` above 1 = together, in one call."""
        state = self._queues[options.index] = QueueState(options, on_finished, service_times)
        self._ready.shares.add(options.index, options.weight, state.used_seconds)
        if options.limit is not None:
            self._ready.limit(options.index, options.limit)
            options.limit.on_change.append(self._dispatch_soon)

    def start(self) -> None:
        """Have the runner's results come here."""
        self._runner.start(self._ended)

    def add(self, items: Sequence[InFlight]) -> None:
        """Let ``items``, all of one queue, start when their turn comes."""
        self._ready.add(items)
        self._dispatch_soon()

    def _dispatch_soon(self) -> None:
        if not self._is_due:  # once for all answers that came in this turn of the loop: fewer and fuller micro-batches
            self._is_due = True
            self._loop.call_soon(self._dispatch_once)

    def _dispatch_once(self) -> None:
        self._is_due = False
        self.dispatch()

    def dispatch(self) -> None:
        """Give away what can start now."""
        if self.look_while_paused is not None and not self._closed:
            self.look_while_paused()
            return
        while self._runner.idle > 0 and not self._closed:
            now_mono = self._clock.mono()
            queue = self._ready.most_urgent(now_mono, self._may_start)
            if queue is None:
                if len(self._ready):
                    self._cpu_look.begin(now_mono)
                return
            self._start(queue, now_mono)

    def run_alone(self, item: InFlight) -> None:
        """Give away ``item`` now, in a batch of its own."""
        move_all((item,), RUNNING)
        state = self._queues[item.queue]
        state.began_alone()
        self._runner.run(MicroBatch((item,), item.queue, self._clock.mono(), state.at_once))

    @property
    def waiting(self) -> int:
        """How many messages could start if there were a slot."""
        return len(self._ready)

    def withdraw(self, item: InFlight) -> bool:
        """Take out one that must not start any more; False where it was not waiting to start."""
        return self._ready.discard(item)

    def start_first(self, wanted: Callable[[InFlight], bool]) -> None:
        """Let those that are ``wanted`` start before all others."""
        for queue in self._queues:
            self._ready.of(queue).put_first(wanted)

    def too_late(self, seconds_left: float) -> list[InFlight]:
        """What is ready and can't end within ``seconds_left``."""
        ready = self._ready.all()
        fit = end_in_time(self._runner.slots, [self._waiting(item) for item in ready], seconds_left)
        return [item for item, fits in zip(ready, fit, strict=True) if not fits]

    def _waiting(self, item: InFlight) -> Waiting:
        state = self._queues[item.queue]
        return Waiting(item.queue, state.service_times.mean_seconds, state.batch_size)

    def drain_ready(self, queue: int) -> list[InFlight]:
        """Take out this queue's messages that no handler was called with; in the order in which they came in.

        Where a micro-batch still runs, the messages of it that are done are finished at once: they would otherwise be
        given back, and run again.
        """
        for batch in self._with_unstarted:
            self._return_to_ready(batch)
            self._finish(batch.take_finished(), self._queues[batch.queue])
        return self._ready.pop_all(queue)

    def close(self) -> None:
        """Start nothing any more."""
        self._closed = True
        self._straggler_timer.stop()
        self._limit_timer.stop()
        self._cpu_look.stop()

    def _may_start(self, queue: int) -> bool:
        state = self._queues[queue]
        if state.may_start(self._runner.slots, self._clock.mono()):
            return True
        if state.limit is not None and (again_mono := state.limit.next_mono()) < inf:
            self._limit_timer.by(again_mono)
        return False

    def _start(self, queue: int, now_mono: float) -> None:
        state = self._queues[queue]
        if self._runner.one_by_one and state.batch_size == 1:
            places = state.places_left(self._runner.slots, now_mono)
            for item in self._take(queue, min(self._runner.idle, places), now_mono):
                self._runner.run(self._micro_batch((item,), queue, now_mono))
            return
        length = state.length(len(self._ready.of(queue)), self._runner.idle)
        batch = self._micro_batch(self._take(queue, length, now_mono), queue, now_mono)
        if state.batch_size == 1 and batch.size > 1:
            self._with_unstarted.add(batch)
            self._straggler_timer.by(now_mono + WORK_SECONDS)
        self._runner.run(batch)

    def _take(self, queue: int, most: int, now_mono: float) -> list[InFlight]:
        items = self._ready.of(queue).pop(now_mono, most)
        move_all(items, RUNNING)
        return items

    def _micro_batch(self, items: Sequence[InFlight], queue: int, now_mono: float) -> MicroBatch:
        state = self._queues[queue]
        state.began(len(items))
        return MicroBatch(items, queue, now_mono, state.at_once)

    def _ended(self, batches: Sequence[MicroBatch]) -> None:
        finished: dict[int, list[InFlight]] = {}
        for batch in batches:
            self._with_unstarted.discard(batch)
            state = self._queues[batch.queue]
            wall_seconds = batch.ended_mono - batch.begun_mono
            state.ended(batch.size, wall_seconds)
            if batch.cpu_seconds:
                state.cpu_use = after_run(state.cpu_use, batch.cpu_seconds, wall_seconds, batch.at_once)
            finished.setdefault(batch.queue, []).extend(batch.finished)  # its thread has ended with it
        for queue, items in finished.items():
            self._finish(items, self._queues[queue])
        self.dispatch()

    def _finish(self, finished: Sequence[InFlight], state: QueueState) -> None:
        if not finished:
            return
        seconds = [item.finished_mono - item.started_mono for item in finished]
        state.service_times.add(seconds)
        self._service_times.add(seconds)
        self.handled += len(finished)
        count_starts(finished, self._count)
        state.on_finished(finished)

    def _take_back_stragglers(self) -> None:
        """Where one message of a micro-batch takes longer than expected: give the rest to other threads, and settle
        what is done."""
        now_mono = self._clock.mono()
        for batch in tuple(self._with_unstarted):
            state = self._queues[batch.queue]
            if now_mono - batch.begun_mono >= straggling_after_seconds(state.cpu_use):
                self._return_to_ready(batch)
                self._finish(batch.take_finished(), state)
        if self._with_unstarted:
            self._straggler_timer.by(now_mono + WORK_SECONDS)
        self.dispatch()

    def _look_at_cpu(self, cpu_seconds: float, wall_seconds: float) -> None:
        for state in self._queues.values():
            state.cpu_use = after_look(state.cpu_use, cpu_seconds, wall_seconds)
        self.dispatch()

    def _return_to_ready(self, batch: MicroBatch) -> None:
        unstarted = batch.take_unstarted()
        move_all(unstarted, READY)
        self._ready.add(unstarted)
