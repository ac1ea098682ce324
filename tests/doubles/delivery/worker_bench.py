"""A worker's delivery on virtual time: real parts from the source's port to the handler's, and a recorder of all."""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from math import inf
from typing import Any
from zoneinfo import ZoneInfo

from doubles.delivery.virtual_runner import VirtualRunner
from doubles.limited_log import limited_log
from doubles.stats.sample_rows import Sample, rows_of
from punctuald.clock import ManualClock
from punctuald.delivery.board_ports import CopiesPort, DownstreamPort
from punctuald.delivery.consumer import Consumer
from punctuald.delivery.drain import Drain
from punctuald.delivery.handler_pool import HandlerPool
from punctuald.delivery.hold_budget import HoldBudget
from punctuald.delivery.limits.start_limit import StartLimit
from punctuald.delivery.lone_runs import LoneRuns, Turn
from punctuald.delivery.queue_options import QueueOptions
from punctuald.delivery.receive.availability import ConsumerEvents
from punctuald.delivery.settle.outcome_record import OutcomeRecord
from punctuald.delivery.worker_context import WorkerContext
from punctuald.errors import SourceError
from punctuald.model import Metric, Samples
from punctuald.policy.delivery.event_time import EventTime
from punctuald.policy.delivery.miss_cause import NEVER, Span
from punctuald.policy.delivery.tiers import Calendar, Tier
from punctuald.policy.receive.region_room import RegionRooms
from punctuald.ports import Source
from punctuald.stats.board.layout import WORD_BYTES
from punctuald.stats.board.tables.due_table import DUE_TABLE_WORDS, DueTable
from punctuald.testing.no_deaths import OnlyTurn
from punctuald.testing.no_other_worker import NoOtherWorker

NO_LIMITS: Mapping[str, StartLimit] = {}
EQUAL_WEIGHTS: Mapping[str, int] = {}
CALENDAR = Calendar((Tier("peak_hours", 3.0), Tier("batch_mode", 60.0)), ZoneInfo("UTC"))


class RememberingStats:
    """A `StatsPort` that keeps everything."""

    def __init__(self) -> None:
        self.counts: Tally[tuple[int, Metric]] = Tally()
        self.arrived: Tally[float] = Tally()
        self.arrived_limited: Tally[float] = Tally()
        self.arrived_pinned: Tally[tuple[int, float]] = Tally()
        self.grouped: list[tuple[int, str, float]] = []
        self.broker_ahead_seconds: float | None = None
        self.saturated_by: set[int] = set()
        self.held_messages = 0
        self.samples: list[Sample] = []
        self.slow_runs: list[tuple[int, float, str]] = []

    def count(self, queue: int, metric: Metric, n: int = 1) -> None:
        self.counts[queue, metric] += n

    def arrivals(self, _queue: int, sent_utcs: Sequence[float]) -> None:
        self.arrived.update(sent_utcs)

    def pinned_arrivals(self, tier: int, sent_utcs: Sequence[float]) -> None:
        self.arrived_pinned.update((tier, sent_utc) for sent_utc in sent_utcs)

    def limited_arrivals(self, sent_utcs: Sequence[float]) -> None:
        self.arrived_limited.update(sent_utcs)

    def groups(self, queue: int, names: set[str], now_mono: float) -> None:
        self.grouped += [(queue, name, now_mono) for name in sorted(names)]

    def broker_ahead(self, seconds: float) -> None:
        self.broker_ahead_seconds = seconds

    def saturated(self, queue: int, *, yes: bool) -> None:
        (self.saturated_by.add if yes else self.saturated_by.discard)(queue)

    def held(self, messages: int) -> None:
        self.held_messages = messages

    def sample(self, samples: Samples) -> None:
        self.samples += rows_of(samples)

    def slow_run(self, queue: int, seconds: float, message_id: str) -> None:
        self.slow_runs.append((queue, seconds, message_id))


class WorkerBench:
    """One worker on the running loop, with one queue or several, whose handlers share ``runner``. With ``rooms`` they
    are the regions of one."""

    def __init__(
        self,
        clock: ManualClock,
        runner: VirtualRunner,
        *sources: Source,
        prefetch_limit: int = 500,
        poison_deaths: int = 3,
        wait_hold_limit: int = 200,
        holds: HoldBudget | None = None,
        deaths_of: Callable[[str], int] = lambda _: 0,
        downstreams: DownstreamPort | None = None,
        lone_deaths_of: Callable[[str], int] | None = None,
        turn: Turn | None = None,
        short_of_workers: Callable[[], Span] = lambda: NEVER,
        rooms: RegionRooms | None = None,
        copies: CopiesPort | None = None,
        limits: Mapping[str, StartLimit] = NO_LIMITS,
        weights: Mapping[str, int] = EQUAL_WEIGHTS,
        **options: Any,
    ) -> None:
        self.clock = clock
        self.runner = runner
        self.stats = RememberingStats()
        self.answered = 0
        self.unavailable: list[SourceError] = []
        self.cleared: list[str] = []
        lone_deaths_of = lone_deaths_of or deaths_of
        limited = limited_log(clock)
        self.context = WorkerContext(
            clock=clock,
            stats=self.stats,
            calendar=CALENDAR,
            tier_names=[tier.name for tier in CALENDAR.tiers],
            jitter=lambda: 1.0,
            sample_gap=lambda: inf,
            deaths_of=deaths_of,
            lone_deaths_of=lone_deaths_of,
            poison_deaths=poison_deaths,
            prefetch_limit=prefetch_limit,
            drain_timeout_seconds=30.0,
            holds=holds or HoldBudget(wait_hold_limit, self.stats.held),
            downstreams=downstreams or NoOtherWorker(),
            due_table=DueTable(memoryview(bytearray(DUE_TABLE_WORDS * WORD_BYTES)).cast("Q")),
            lone_runs=LoneRuns(clock, turn or OnlyTurn(), lone_deaths_of, self.cleared.append, limited),
            limited=limited,
            short_of_workers=short_of_workers,
            copies=copies,
        )
        self.pool = HandlerPool(runner, self.context)
        record = OutcomeRecord(self.context)
        each_options = [
            QueueOptions(
                index,
                source,
                EventTime(),
                region=rooms.of(index) if rooms else None,
                limit=limits.get(source.name),
                weight=weights.get(source.name, 1),
                **options,
            )
            for index, source in enumerate(sources)
        ]
        self.consumers = [
            Consumer(options_of, self.context, self.pool, record, self._events(options_of.source))
            for options_of in each_options
        ]
        self.consumer = self.consumers[0]
        self.drain = Drain(self.consumers, [self.pool], clock)

    def start(self) -> None:
        """Begin to receive."""
        for consumer in self.consumers:
            consumer.start()

    async def stop(self, drain_seconds: float = 30.0, last_poll_seconds: float = 25.0) -> None:
        """The whole of a worker's stop; a last poll is waited for until ``last_poll_seconds`` from now."""
        begun_mono = self.clock.mono()
        self.drain.begin(begun_mono + drain_seconds)
        await self.drain.emptied(begun_mono + drain_seconds, lambda: False)
        self.drain.release_all()
        await self.drain.received(begun_mono + last_poll_seconds, lambda: False)
        await self.drain.flushed(5.0)
        self.drain.end()

    def counted(self, metric: Metric, queue: int = 0) -> int:
        """One metric of one queue."""
        return self.stats.counts[queue, metric]

    def _events(self, source: Source) -> ConsumerEvents:
        return ConsumerEvents(partial(self._available, source.name), partial(self._unavailable, source.name))

    def _available(self, _queue: str) -> None:
        self.answered += 1

    def _unavailable(self, _queue: str, error: SourceError) -> None:
        self.unavailable.append(error)
