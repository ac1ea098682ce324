"""Builds a worker, in its own process."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from itertools import chain
from random import Random
from typing import NamedTuple

from punctuald.delivery.consumer import Consumer
from punctuald.delivery.drain import Drain
from punctuald.delivery.handler_pool import HandlerPool
from punctuald.delivery.hold_budget import HoldBudget
from punctuald.delivery.lone_runs import LoneRuns
from punctuald.delivery.receive.availability import ConsumerEvents
from punctuald.delivery.settle.outcome_record import OutcomeRecord
from punctuald.delivery.worker_context import WorkerContext
from punctuald.delivery.worker_illness import WorkerIllness
from punctuald.handler import CoroutineHandler, Handler, ModuleHooks
from punctuald.logs import logger
from punctuald.logs.limited import LimitedLog
from punctuald.policy.log_lines.event_rates import EventRates
from punctuald.policy.log_lines.sampling import gap
from punctuald.process.awake_time import AwakeTime
from punctuald.process.channel.channel import ChildEnd
from punctuald.process.channel.frames import Cleared, Importing
from punctuald.process.signals import SignalQueue
from punctuald.process.worker import event_loop
from punctuald.process.worker.ill_health import IllHealth
from punctuald.process.worker.leaving import Leaving
from punctuald.process.worker.limits.queue_orders import QueueOrders
from punctuald.process.worker.readiness import Readiness
from punctuald.process.worker.stop import Stop, StopLimits
from punctuald.process.worker.stuck import StuckHandlers
from punctuald.process.worker.supervisor_line import SupervisorLine
from punctuald.process.worker.worker import TURN_SECONDS, Worker
from punctuald.source.aws.credentials.chain import ProviderChain
from punctuald.stats.board.downstream.rows import WorkersDownstream
from punctuald.stats.board.row_writer import RowWriter

from .handlers import build_pools, load_handlers
from .hooks import build_hooks, load_all_hooks
from .outline import Outline
from .recycling import recycling_of
from .sources.options import options_of
from .sources.sources import Sources


def run_worker(
    outline: Outline, index: int, channel: ChildEnd, forked_mono: float, providers: ProviderChain | None = None
) -> int:
    """Run worker ``index`` to its end; returns its exit status.

    Raises `ConfigurationError` for a handler that can't be used, `HandlerUnavailable` for one that can't be used yet.
    """
    event_loop.let_signals_in()
    awake = AwakeTime(outline.clock, TURN_SECONDS)
    if providers is None:
        providers = ProviderChain()
        providers.keep_environment()
    line = SupervisorLine(channel)
    handlers = load_handlers(outline, awake.lost_seconds, lambda queue: line.send(Importing(queue.name, queue.handler)))
    signals = event_loop.take_signals()
    users = _Users(handlers, load_all_hooks(outline), providers)
    event_loop.tune_collector()

    async def live() -> int:
        return await _build(outline, index, users, channel, line, signals, awake, forked_mono).run()

    return event_loop.run(live, signals)


class _Users(NamedTuple):
    """What is the user's: imported, but for the credentials of the environment, which were taken before."""

    handlers: Sequence[Handler | CoroutineHandler]
    hooks: Sequence[ModuleHooks]
    providers: ProviderChain


def _build(
    outline: Outline,
    index: int,
    users: _Users,
    channel: ChildEnd,
    line: SupervisorLine,
    signals: SignalQueue,
    awake: AwakeTime,
    forked_mono: float,
) -> Worker:
    """On the worker's event loop."""
    clock, leaving = outline.clock, Leaving()
    stats = outline.board.writer(index)
    context = _context(outline, stats, index, line)
    readiness = Readiness([source.name for source in outline.settings.sources], stats, line, clock, forked_mono)
    of_queue = build_pools(outline, users.handlers, context, stats)
    pools = list(dict.fromkeys(of_queue))
    sources = Sources(outline, stats, context.limited, users.providers)
    limits = QueueOrders({each.name: each.limits for each in outline.settings.sources}, line, stats, clock)
    consumers = _consumers(outline, sources, users.handlers, of_queue, context, readiness, limits)
    health = IllHealth(
        illness=context.illness,
        consumers=consumers,
        readiness=readiness,
        leaving=leaving,
        line=line,
        clock=clock,
        forked_mono=forked_mono,
        young_death_seconds=outline.settings.pool.young_death_seconds,
        lost_seconds=awake.lost_seconds,
    )
    stuck = StuckHandlers(pools, clock, awake.lost_seconds)
    return Worker(
        pools=pools,
        kinds=[pool.runner.kind for pool in of_queue],
        stuck=stuck,
        illness=context.illness,
        health=health,
        hooks=build_hooks(outline, index, users.hooks, users.handlers, consumers, context, readiness),
        stop=_stop(outline, consumers, pools, stuck, line, leaving, awake),
        leaving=leaving,
        readiness=readiness,
        line=line,
        stats=stats,
        channel=channel,
        signals=signals,
        clock=clock,
        awake=awake,
        recycling=recycling_of(outline, pools, forked_mono),
        limited=context.limited,
        limits=limits,
        in_hand=lambda: chain.from_iterable(consumer.table.all() for consumer in consumers),
    )


def _consumers(
    outline: Outline,
    sources: Sources,
    handlers: Sequence[Handler | CoroutineHandler],
    pools: Sequence[HandlerPool],
    context: WorkerContext,
    readiness: Readiness,
    limits: QueueOrders,
) -> list[Consumer]:
    """One for each queue; ``handlers`` and ``pools`` are in the queues' order."""
    record = OutcomeRecord(context)

    def made(number: int, handler: Handler | CoroutineHandler, pool: HandlerPool) -> Consumer:
        source = sources.of(number)
        events = ConsumerEvents(
            partial(readiness.available, source.name), partial(readiness.became_unavailable, source.name)
        )
        options = replace(
            options_of(outline, number, source, handler),
            region=sources.room_of(number),
            limit=limits.of(source.name),
        )
        return Consumer(options, context, pool, record, events)

    return [made(number, *each) for number, each in enumerate(zip(handlers, pools, strict=True))]


def _stop(
    outline: Outline,
    consumers: Sequence[Consumer],
    pools: Sequence[HandlerPool],
    stuck: StuckHandlers,
    line: SupervisorLine,
    leaving: Leaving,
    awake: AwakeTime,
) -> Stop:
    return Stop(
        drain=Drain(consumers, pools, outline.clock),
        pools=pools,
        stuck=stuck,
        deaths_of=outline.board.tables.suspects.deaths,
        line=line,
        clock=outline.clock,
        limits=_stop_limits(outline),
        leaving=leaving,
        lost_seconds=awake.lost_seconds,
    )


def _context(outline: Outline, stats: RowWriter, index: int, line: SupervisorLine) -> WorkerContext:
    settings, suspects = outline.settings, outline.board.tables.suspects
    limited = LimitedLog(logger(), EventRates(), outline.clock.mono)
    draw = Random().random  # noqa: S311 - of our own: a handler that seeds Python's would give all workers one jitter
    return WorkerContext(
        clock=outline.clock,
        stats=stats,
        calendar=outline.calendar,
        tier_names=[tier.name for tier in settings.sla.tiers],
        jitter=draw,
        sample_gap=lambda: gap(settings.logging.sample, draw()),
        deaths_of=suspects.deaths,
        lone_deaths_of=suspects.lone_deaths,
        poison_deaths=settings.pool.poison_deaths,
        prefetch_limit=settings.pool.prefetch_limit,
        drain_timeout_seconds=settings.pool.drain_timeout_seconds,
        holds=HoldBudget(settings.pool.wait_hold_limit, stats.held),
        downstreams=WorkersDownstream(outline.boards, outline.board, index),
        due_table=outline.board.tables.due_table,
        copies=outline.board.tables.copies,
        lone_runs=LoneRuns(
            outline.clock,
            suspects.turn(os.getpid()),
            suspects.lone_deaths,
            lambda message_id: line.send(Cleared((message_id,))),
            limited,
        ),
        limited=limited,
        illness=WorkerIllness(outline.board.tables.ills.deaths),
        short_of_workers=outline.board.short_of_workers().read,
    )


def _stop_limits(outline: Outline) -> StopLimits:
    settings = outline.settings
    return StopLimits(
        drain_timeout_seconds=settings.pool.drain_timeout_seconds,
        longest_wait_seconds=max(source.longest_poll_seconds for source in settings.sources),
    )
