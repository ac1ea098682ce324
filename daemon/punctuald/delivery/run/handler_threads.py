"""Handlers that are functions, each in a thread of the worker's."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from contextvars import copy_context
from dataclasses import dataclass
from queue import SimpleQueue

from punctuald.clock import Clock
from punctuald.delivery.in_flight import InFlight
from punctuald.model import DONE, OutcomeKind
from punctuald.policy.pool.handler_slots import HandlerKind
from punctuald.ports import HandlerPort, OnFailure, RunningWords

from .current_call import Call, call_ends, current_call
from .micro_batch import MicroBatch
from .results import Results
from .runner import OnEnded, Running
from .this_process import end_fork, this_process


@dataclass(frozen=True, slots=True)
class Work:
    """What is done with one queue's messages."""

    queue: str
    handler: HandlerPort
    time_limit_seconds: float  # 0 = none


class HandlerThreads:
    """See `Runner`. ``works`` has an entry for each queue, by index; each of ``words`` is one thread's own place on the
    board.

    Threads take turns, so that what each has opened stays in use; but one that found away what its handler calls is the
    next: its connection is known to be broken, where those of others may be and have yet to fail.
    """

    kind = HandlerKind.FUNCTION
    one_by_one = False

    def __init__(
        self, works: Mapping[int, Work], words: Sequence[RunningWords], clock: Clock, on_failure: OnFailure
    ) -> None:
        self.slots = len(words)
        self._results = Results(self.slots)
        self._threads = [_HandlerThread(self._results, works, each, clock, on_failure) for each in words]
        self._resting = deque(self._threads)  # at least as many as are idle: a thread rests before its batch is over

    @property
    def idle(self) -> int:
        """See `Runner.idle`."""
        return self._results.idle

    def start(self, on_ended: OnEnded) -> None:
        """See `Runner.start`."""
        self._results.start(on_ended)
        for number, each in enumerate(self._threads):
            threading.Thread(target=each.run, args=(self._resting,), name=f"handler-{number}", daemon=True).start()

    def run(self, batch: MicroBatch) -> None:
        """See `Runner.run`."""
        self._results.idle -= 1
        self._resting.popleft().given.put(batch)

    def look(self) -> None:
        """See `Runner.look`. No thread keeps another one from ending, so one look says all."""

    def running(self) -> list[Running]:
        """See `Runner.running`."""
        return [running for each in self._threads if (running := each.running()) is not None]

    def cancel(self) -> None:
        """See `Runner.cancel`: a thread can't be ended from outside. Those that are idle go."""
        for each in self._threads:
            each.given.put(None)

    def clear_running(self, kept: Sequence[Running]) -> None:
        """See `Runner.clear_running`."""
        for each in self._threads:
            if each.running() not in kept:
                each.words.stop()


class _HandlerThread:
    """One thread, and what it is at."""

    def __init__(
        self,
        results: Results,
        works: Mapping[int, Work],
        words: RunningWords,
        clock: Clock,
        on_failure: OnFailure,
    ) -> None:
        self._results = results
        self._works = works
        self._mono = clock.mono
        self._on_failure = on_failure
        self._pid = this_process.pid
        self._current: tuple[InFlight, float, tuple[str, ...]] | None = None
        self._outcome = DONE
        self.words = words
        self.given: SimpleQueue[MicroBatch | None] = SimpleQueue()

    def running(self) -> Running | None:
        """Asked by the event loop."""
        current = self._current
        if current is None:
            return None
        item, since_mono, further_ids = current
        work = self._works[item.queue]
        return Running(work.queue, item.id, since_mono, work.time_limit_seconds, further_ids=further_ids)

    def run(self, resting: deque[_HandlerThread]) -> None:
        """Handle micro-batches until there is None; among the ``resting`` in between."""
        try:
            while (batch := self.given.get()) is not None:
                self._handle(batch)
                (resting.appendleft if self._outcome.kind is OutcomeKind.UNAVAILABLE else resting.append)(self)
                self._results.put(batch)
        except BaseException as error:  # noqa: BLE001 - of our own: what a handler raises never gets here
            self._results.fail(error, "a handler thread of ours failed")

    def _handle(self, batch: MicroBatch) -> None:
        work = self._works[batch.queue]
        cpu_seconds, batch.begun_mono = time.thread_time(), self._mono()
        if work.handler.batch:
            self._handle_together(batch, work)
        else:
            self._handle_one_by_one(batch, work)
        self.words.stop()
        self._current = None
        batch.ended_mono, batch.cpu_seconds = self._mono(), time.thread_time() - cpu_seconds

    def _handle_one_by_one(self, batch: MicroBatch, work: Work) -> None:
        mono, say, pid, queue = self._mono, self.words.start, self._pid, work.queue
        handle, on_failure, finish = work.handler.handle_one, self._on_failure, batch.finished.append
        name_call, ending = current_call.set, call_ends.waiting
        now_mono = batch.begun_mono
        for item in batch:
            item.started_mono = now_mono
            say(item.id, item.queue, now_mono)
            self._current = (item, now_mono, ())
            call: Call = (queue, item.id, ())
            name_call(call)
            outcome = copy_context().run(handle, item.message, on_failure)  # what it binds, the next must not find
            if ending:
                call_ends.ended(call)
            if this_process.pid != pid:
                end_fork()
            item.outcome = outcome
            item.finished_mono = now_mono = mono()
            finish(item)
            self._outcome = outcome

    def _handle_together(self, batch: MicroBatch, work: Work) -> None:
        items, now_mono = batch.take_unstarted(), batch.begun_mono
        for item in items:
            item.started_mono = now_mono
        further_ids = tuple([item.id for item in items[1:]])
        self.words.start(items[0].id, items[0].queue, now_mono, further_ids)
        self._current = (items[0], now_mono, further_ids)
        call: Call = (work.queue, items[0].id, further_ids)
        current_call.set(call)
        outcomes = copy_context().run(work.handler.handle, [item.message for item in items], self._on_failure)
        call_ends.ended(call)
        if this_process.pid != self._pid:
            end_fork()
        ended_mono = self._mono()
        for item, outcome in zip(items, outcomes, strict=True):
            item.outcome, item.finished_mono = outcome, ended_mono
        self._outcome = outcomes[-1]
        batch.finished.extend(items)
