"""Builds a worker, in its own process."""

from __future__ import annotations

import random
from collections.abc import Callable

from punctuald.config import QueueSettings
from punctuald.delivery.drain import Drain
from punctuald.delivery.lane import RELIEFS, SETTLERS, Lane, Shared, Signals
from punctuald.delivery.terms import QueueTerms
from punctuald.handler import Handler, load_handler
from punctuald.handler.failures import FailureLog
from punctuald.model import Counter
from punctuald.policy.event_time import EventTime
from punctuald.policy.recycling import RecyclingRules
from punctuald.policy.sampling import gap
from punctuald.process.channel import ChildEnd
from punctuald.process.inbox import Inbox, Note
from punctuald.process.machine import own_memory_bytes
from punctuald.process.slot import Slot, Work
from punctuald.process.worker import Limits, Worker
from punctuald.source.port import Source
from punctuald.source.sqs import SqsSource
from punctuald.stats.worker_stats import WorkerStats

from .outline import Clients, Outline
from .transports import Transports

_CONNECTIONS_PER_QUEUE = 1 + RELIEFS + SETTLERS + 2  # receivers, settlers, the keeper and a slot may all be calling


def build_worker(outline: Outline, index: int, channel: ChildEnd, forked_mono: float) -> Worker:
    """Raises `ConfigurationError` or `SourceMisconfigured` for a handler or an address that can't be used."""
    settings, clock = outline.settings, outline.clock
    handlers = [_handler(outline, number) for number in range(len(settings.queues))]
    stats, inbox = outline.board.writer(index), Inbox()
    on_crash: Callable[[BaseException], None] = lambda _error: inbox.put(Note.CRASHED)  # noqa: E731 - bound to its inbox
    shared = _shared(outline, stats, on_crash)
    signals = Signals(
        on_first_receive=lambda: inbox.put(Note.RECEIVED),
        on_misconfigured=lambda error: inbox.put(Note.MISCONFIGURED, str(error)),
        on_crash=on_crash,
    )
    transports = Transports(outline, Clients(settings, _CONNECTIONS_PER_QUEUE))
    lanes = [
        Lane(_terms(outline, number, _source(outline, number, transports, stats), handlers[number]), shared, signals)
        for number in range(len(settings.queues))
    ]
    work = [
        Work(handler, lane.settler, lane.self_service.fetch, queue.time_limit_seconds)
        for handler, lane, queue in zip(handlers, lanes, settings.queues, strict=True)
    ]
    failures = FailureLog(clock)
    slots = [Slot(n, shared.buffer, work, stats, clock, failures.tell, on_crash) for n in range(settings.pool.slots)]
    return Worker(
        lanes=lanes,
        slots=slots,
        drain=Drain(shared, lanes, clock),
        stats=stats,
        channel=channel,
        controls={},
        inbox=inbox,
        clock=clock,
        limits=_limits(outline),
        own_memory_bytes=own_memory_bytes,
        deaths_of=outline.board.suspects.accusations,
        forked_mono=forked_mono,
    )


def _shared(outline: Outline, stats: WorkerStats, on_crash: Callable[[BaseException], None]) -> Shared:
    settings = outline.settings
    return Shared(
        slots=settings.pool.slots,
        queues=len(settings.queues),
        tier_names=[tier.name for tier in settings.sla.tiers],
        calendar=outline.calendar,
        recorder=stats,
        clock=outline.clock,
        jitter=random.random,
        sample_gap=lambda: gap(settings.logging.sample, random.random()),  # noqa: S311 - which lines to log is no secret
        deaths_of=outline.board.suspects.accusations,
        poison_deaths=settings.pool.poison_deaths,
        on_crash=on_crash,
    )


def _limits(outline: Outline) -> Limits:
    pool = outline.settings.pool
    return Limits(
        drain_timeout_seconds=pool.drain_timeout_seconds,
        longest_wait_seconds=max(queue.wait_seconds for queue in outline.settings.queues),
        recycling=RecyclingRules(
            after_messages=pool.recycle_after_messages,
            after_seconds=pool.recycle_after_seconds,
            growth_bytes=pool.recycle_growth_mb * 1024 * 1024,
            jitter_share=pool.recycle_jitter,
        ),
        recycling_jitter=random.random(),  # noqa: S311 - spreads restarts, guards nothing
    )


def _handler(outline: Outline, number: int) -> Handler:
    queue = outline.settings.queues[number]
    return load_handler(
        queue.handler,
        (outline.config_path.parent / queue.handler_path).resolve(),
        where=f"{outline.config_path}: queue[{number}] ({queue.name})",
        time_limit_seconds=queue.time_limit_seconds,
    )


def _source(outline: Outline, number: int, transports: Transports, stats: WorkerStats) -> Source:
    queue = outline.settings.queues[number]
    count: Callable[[Counter], None] = lambda counter: stats.count(number, counter)  # noqa: E731 - bound to its queue
    client = transports.client(queue)
    return SqsSource(client, queue.name, queue.url or None, queue.dead_letter_queue, count, outline.clock)


def _terms(outline: Outline, number: int, source: Source, handler: Handler) -> QueueTerms:
    queue: QueueSettings = outline.settings.queues[number]
    return QueueTerms(
        index=number,
        source=source,
        event_time=EventTime(queue.event_time_attribute, queue.event_time_field),
        pinned_tier=outline.tier_index(queue),
        batch_size=queue.batch_size if handler.batch else 1,
        wait_seconds=queue.wait_seconds,
        poll_interval_seconds=queue.poll_interval_seconds,
        visibility_seconds=queue.visibility_seconds,
        ack_linger_seconds=queue.ack_linger_seconds,
        lookahead_seconds=queue.lookahead_seconds,
        retry_initial_seconds=queue.retry_initial_seconds,
        retry_max_seconds=queue.retry_max_seconds,
    )
