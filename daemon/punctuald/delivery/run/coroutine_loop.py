"""Handlers that are coroutines: many at once, on an event loop of their own, in a thread of its own.

A loop of their own, so that user code can never stop ours: whatever blocks it, leases are renewed and what is done is
acknowledged. It is asyncio's, as a handler's author expects, and all coroutine handlers of a worker share it, so that
their clients and sessions can be shared.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections import deque
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from punctuald.clock import Clock
from punctuald.delivery.in_flight import InFlight
from punctuald.model import Outcome, OutcomeKind
from punctuald.policy.pool.handler_slots import HandlerKind
from punctuald.ports import CoroutinePort, OnFailure, RunningWords

from .coroutine_call import CoroutineCall
from .current_call import call_ends
from .loop_end import end_loop
from .loop_watch import Blocked, LoopWatch
from .micro_batch import MicroBatch
from .results import Results
from .runner import OnEnded, Running
from .this_process import end_fork, this_process


@dataclass(frozen=True, slots=True)
class CoroutineWork:
    """What is done with one queue's messages."""

    queue: str
    handler: CoroutinePort
    time_limit_seconds: float  # 0 = none


CANCELLED = Outcome(OutcomeKind.FAILED, "cancelled")
FAILURE = "the handlers' event loop failed"
END_SECONDS = 2.0
"""How long what is left on the loop may take to clean up behind it, once it is cancelled."""


class CoroutineLoop:
    """See `Runner`. ``works`` are by the queue's index; each of ``words`` is one coroutine's place on the board.

    Both ways many hand-overs share one wake-up.
    """

    kind = HandlerKind.COROUTINE
    one_by_one = True

    def __init__(
        self,
        works: Mapping[int, CoroutineWork],
        words: Sequence[RunningWords],
        clock: Clock,
        on_failure: OnFailure,
    ) -> None:
        self._works = works
        self._free_words = list(words)
        self._mono = clock.mono
        self._on_failure = on_failure
        self._loop = asyncio.new_event_loop()
        self._given: deque[MicroBatch] = deque()
        self._given_woken = False
        self._calls: dict[asyncio.Task[None], CoroutineCall] = {}
        self._watch = LoopWatch(self._loop, clock)
        self._pid = this_process.pid
        self._is_ending = False
        self._ended = threading.Event()
        self.slots = len(words)
        self._results = Results(self.slots)

    @property
    def idle(self) -> int:
        """See `Runner.idle`."""
        return self._results.idle

    def start(self, on_ended: OnEnded) -> None:
        """See `Runner.start`."""
        self._results.start(on_ended)
        threading.Thread(target=self._run_forever, name="handler-loop", daemon=True).start()

    def run(self, batch: MicroBatch) -> None:
        """See `Runner.run`."""
        self._results.idle -= 1
        self._given.append(batch)
        if not self._given_woken:
            self._given_woken = True
            self._loop.call_soon_threadsafe(self._take_given)

    def look(self) -> None:
        """See `Runner.look`."""
        if self._calls or self._given:
            self._watch.look()
        else:
            self._watch.idle()

    def running(self) -> list[Running]:
        """See `Runner.running`. Of what blocks the loop the time counts since it does; all others are held up."""
        blocked, calls = self._watch.blocked, tuple(self._calls.items())
        if blocked is None:
            return [self._running(call) for _, call in calls]
        limits = [work.time_limit_seconds for work in self._works.values() if work.time_limit_seconds > 0]
        shortest_seconds = min(limits, default=0.0)
        return [
            self._blocking(call, blocked, shortest_seconds)
            if blocked.owner in {task, call.owner}
            else replace(self._running(call), held_up=True)
            for task, call in calls
        ] + self._not_begun()

    def cancel(self) -> None:
        """See `Runner.cancel`: every coroutine is cancelled where it waits."""
        self._loop.call_soon_threadsafe(self._cancel_all)

    def clear_running(self, kept: Sequence[Running]) -> None:
        """See `Runner.clear_running`."""
        ids = {running.message_id for running in kept}
        for call in tuple(self._calls.values()):
            if call.items[0].id not in ids:
                call.words.stop()

    async def call(self, function: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Await ``function`` on the handlers' loop, from the worker's. Raises what it raises."""
        await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(function(), self._loop))

    def close(self) -> None:
        """For the end of the process, from the thread that ends it: cancel what handlers left on the loop, let it clean
        up, and close the loop. Raises `TimeoutError` where that takes longer than `END_SECONDS`."""
        if not self._ended.is_set():
            self._loop.call_soon_threadsafe(self._begin_end)
        if not self._ended.wait(END_SECONDS):
            raise TimeoutError(f"the handlers' event loop did not end within {END_SECONDS:g} s")

    def _running(self, call: CoroutineCall) -> Running:
        work = self._works[call.batch.queue]
        free_until_mono = self._watch.turned_mono
        return Running(
            work.queue,
            call.items[0].id,
            call.since_mono,
            work.time_limit_seconds,
            free_until_mono,
            further_ids=call.further_ids,
        )

    def _blocking(self, call: CoroutineCall, blocked: Blocked, shortest_seconds: float) -> Running:
        """``shortest_seconds`` holds where it has no limit of its own: it keeps others from keeping theirs."""
        work = self._works[call.batch.queue]
        limit_seconds = work.time_limit_seconds or shortest_seconds
        return Running(work.queue, call.items[0].id, blocked.since_mono, limit_seconds, further_ids=call.further_ids)

    def _not_begun(self) -> list[Running]:
        """What the loop was given and has not come to."""
        turned_mono = self._watch.turned_mono
        return [
            Running(work.queue, item.id, turned_mono, work.time_limit_seconds, turned_mono, held_up=True)
            for batch in tuple(self._given)
            for work, item in [(self._works[batch.queue], item) for item in tuple(batch.unstarted)[:1]]
        ]

    # --- on the handlers' loop

    def _run_forever(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._watch.begin(threading.get_ident())
        try:
            while not self._is_ending:  # else what stops it is the user's: one handler must not end all others
                with contextlib.suppress(SystemExit, KeyboardInterrupt):  # asyncio lets them out of tasks and callbacks
                    self._loop.run_forever()
            end_loop(self._loop)
            self._ended.set()
        except BaseException as error:  # noqa: BLE001 - of our own
            self._results.fail(error, FAILURE)

    def _begin_end(self) -> None:
        self._is_ending = True
        self._loop.stop()

    def _take_given(self) -> None:
        self._given_woken = False  # before the look: what is given after it wakes this loop again
        while self._given:
            self._begin(self._given.popleft())

    def _begin(self, batch: MicroBatch) -> None:
        work, items, words = self._works[batch.queue], batch.take_unstarted(), self._free_words.pop()
        batch.begun_mono = now_mono = self._mono()
        for item in items:
            item.started_mono = now_mono
        further_ids = tuple([item.id for item in items[1:]])
        call = CoroutineCall(batch, items, now_mono, words, (work.queue, items[0].id, further_ids))
        words.start(items[0].id, batch.queue, now_mono, further_ids)
        task = self._loop.create_task(self._handle(batch, items, work.handler), context=call.context())
        self._calls[task] = call
        task.add_done_callback(self._end)

    async def _handle(self, batch: MicroBatch, items: Sequence[InFlight], handler: CoroutinePort) -> None:
        try:
            outcomes = await handler.handle([item.message for item in items], self._on_failure)
        except (
            asyncio.CancelledError
        ):  # by us at the end of a drain, where nobody hears the outcome, or by its own code
            outcomes = [CANCELLED] * len(items)
        if this_process.pid != self._pid:
            end_fork()
        self._finish(batch, items, outcomes)

    def _finish(self, batch: MicroBatch, items: Sequence[InFlight], outcomes: Sequence[Outcome]) -> None:
        batch.ended_mono = self._mono()
        for item, outcome in zip(items, outcomes, strict=True):
            item.outcome, item.finished_mono = outcome, batch.ended_mono
        batch.finished.extend(items)

    def _end(self, task: asyncio.Task[None]) -> None:
        call = self._calls.pop(task)
        call.words.stop()
        self._free_words.append(call.words)
        if call_ends.waiting:
            call_ends.ended(call.named)
        if task.cancelled():  # before its first step, by a handler that cancels all tasks that it sees
            self._finish(call.batch, call.items, [CANCELLED] * len(call.items))
        elif (error := task.exception()) is not None:
            self._results.fail(error, FAILURE)
            return
        self._results.put(call.batch)  # not before: its place on the board would be another's before it is free

    def _cancel_all(self) -> None:
        for task in tuple(self._calls):
            task.cancel()
