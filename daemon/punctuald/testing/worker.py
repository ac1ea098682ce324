"""One worker of the daemon on one queue in memory, on virtual time: its own delivery, with nothing imitated."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf
from typing import Any
from zoneinfo import ZoneInfo

from punctuald.clock import ManualClock
from punctuald.delivery.consumer import Consumer
from punctuald.delivery.handler_pool import HandlerPool
from punctuald.delivery.hold_budget import HoldBudget
from punctuald.delivery.in_flight import State
from punctuald.delivery.lone_runs import LoneRuns
from punctuald.delivery.queue_options import QueueOptions
from punctuald.delivery.receive.availability import ConsumerEvents
from punctuald.delivery.settle.outcome_record import OutcomeRecord
from punctuald.delivery.worker_context import WorkerContext
from punctuald.logs import SILENT
from punctuald.logs.limited import LimitedLog
from punctuald.model import Message, Outcome
from punctuald.policy.delivery.event_time import EventTime
from punctuald.policy.delivery.tiers import Calendar, Tier
from punctuald.policy.log_lines.event_rates import EventRates
from punctuald.source.memory.queue import MemoryQueue
from punctuald.source.memory.queue_source import MemoryQueueSource

from .count_nothing import CountNothing, RememberNoDueTimes
from .no_deaths import OnlyTurn, no_deaths
from .no_other_worker import NoOtherWorker
from .paced_loop import ROUNDING_SECONDS, PacedLoop
from .result import Result
from .runner import WaitingRunner
from .started import event_loop
from .tried_handler import TriedHandler

NOTHING_IS_LATE = Calendar((Tier("test", 1_209_600.0),), ZoneInfo("UTC"))  # SQS keeps no message for longer
ONE_LONG_POLL_SECONDS = 1e9


@dataclass(frozen=True, slots=True)
class WorkerOptions:
    """The settings that matter to a test of a handler; names and units are those of the configuration."""

    batch_size: int
    retry_initial_seconds: float
    retry_max_seconds: float
    jitter: float


class Worker:
    """Begins to receive when it is made. Its time lags behind the test's clock between two calls of `run`."""

    def __init__(self, queue: MemoryQueue, clock: ManualClock, options: WorkerOptions, *, batch: bool) -> None:
        self.batch = batch
        self._queue = queue
        self._clock = clock
        self._reached_mono = clock.mono()
        self._unsent = 0
        self._errors: list[BaseException] = []
        self._loop = PacedLoop(clock)
        self._loop.set_exception_handler(self._on_error)
        self._runner = WaitingRunner(clock, self._loop, together=batch)
        self._consumer = self._loop.run_until_complete(self._begin(options))
        self._loop.handlers_wanted = lambda: bool(self._runner.waiting)
        self._loop.at_rest = self._at_rest

    @property
    def unsent(self) -> int:
        """Messages that were sent at a time that the worker has not reached yet."""
        return self._unsent

    def send(self, send: Callable[[], Any]) -> None:
        """Call ``send`` at what the test's clock shows now, which may be ahead of the worker's time."""
        sent_mono = self._clock.mono()
        if sent_mono <= self._reached_mono:
            send()
        else:
            self._unsent += 1
            self._loop.call_at(sent_mono, self._send, send)

    def run(self, handler: TriedHandler, most_calls: int) -> list[Result]:
        """Let the worker's time pass up to what the test's clock shows, and on until everything that may run has run.
        Meanwhile the test's clock shows the worker's time, so that everything happens at its own moment.

        Raises `RuntimeError` where ``most_calls`` calls of the handler were not enough.
        """
        self._loop.until_mono = self._clock.mono()
        self._clock.advance(self._reached_mono - self._clock.mono())
        results: list[Result] = []
        with event_loop() as runner:

            def call(messages: Sequence[Message]) -> list[Outcome]:
                pairs = handler.call(messages, runner)
                results.extend(result for _, result in pairs)
                return [outcome for outcome, _ in pairs]

            self._turn()
            while self._runner.waiting:
                if len(results) >= most_calls:
                    raise RuntimeError(_endless(most_calls, results[-1]))
                self._runner.call_waiting(call)
                self._turn()
        self._show_time()
        return results

    def close(self) -> None:
        """Leave nothing open. Called when nobody can use the worker any more, perhaps inside another event loop. So
        what waits can't run to its end, and asyncio's warning about that is suppressed."""
        self._loop.set_exception_handler(lambda _loop, _context: None)
        self._consumer.end()
        self._loop.close()

    async def _begin(self, options: WorkerOptions) -> Consumer:
        stats, limited = CountNothing(), LimitedLog(SILENT, EventRates(), self._clock.mono)
        context = WorkerContext(
            clock=self._clock,
            stats=stats,
            calendar=NOTHING_IS_LATE,
            tier_names=[tier.name for tier in NOTHING_IS_LATE.tiers],
            jitter=lambda: options.jitter,
            sample_gap=lambda: inf,
            deaths_of=no_deaths,
            lone_deaths_of=no_deaths,
            poison_deaths=0,
            prefetch_limit=500,
            holds=HoldBudget(1_000_000, stats.held),
            downstreams=NoOtherWorker(),
            due_table=RememberNoDueTimes(),
            drain_timeout_seconds=30.0,
            lone_runs=LoneRuns(self._clock, OnlyTurn(), no_deaths, lambda _: None, limited),
            limited=limited,
        )
        pool, record = HandlerPool(self._runner, context), OutcomeRecord(context, SILENT)
        events = ConsumerEvents(lambda: None, self._errors.append)
        consumer = Consumer(self._queue_options(options), context, pool, record, events)
        consumer.start()
        return consumer

    def _queue_options(self, options: WorkerOptions) -> QueueOptions:
        return QueueOptions(
            index=0,
            source=MemoryQueueSource(self._queue, lambda _: None),
            event_time=EventTime(),
            batch_size=options.batch_size if self.batch else 1,
            wait_seconds=ONE_LONG_POLL_SECONDS,
            ack_linger_seconds=0.0,
            retry_initial_seconds=options.retry_initial_seconds,
            retry_max_seconds=options.retry_max_seconds,
        )

    def _turn(self) -> None:
        self._loop.run_forever()
        self._reached_mono = self._clock.mono()
        if self._errors:
            raise self._errors[0]

    def _show_time(self) -> None:
        """Set the test's clock: it shows the time that handlers took, but not the rounding of the worker's timers."""
        beyond_seconds = self._reached_mono - self._loop.until_mono
        if beyond_seconds <= ROUNDING_SECONDS:
            self._clock.advance(-beyond_seconds)

    def _at_rest(self) -> bool:
        """Whether nothing can happen but by a timer: everything in flight is held, or waits behind what is held."""
        return all(item.state in {State.READY, State.HELD} for item in self._consumer.table.all())

    def _send(self, send: Callable[[], Any]) -> None:
        self._unsent -= 1
        send()

    def _on_error(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        self._errors.append(context.get("exception") or RuntimeError(context["message"]))


def _endless(most_calls: int, last: Result) -> str:
    return (
        f"{most_calls} calls of the handler were not enough, and the clock stands still: the last one was "
        f"{last.kind.value!r} at try {last.tries}. Retry(after_seconds=0) without a max_receive_count never ends"
    )
