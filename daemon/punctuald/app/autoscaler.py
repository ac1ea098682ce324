"""Builds the autoscaler, in its own process."""

from __future__ import annotations

import random
from functools import cache, partial

from punctuald.policy.scaling.decide import ScalingRules
from punctuald.process.autoscaler.autoscaler import Autoscaler
from punctuald.process.autoscaler.backlog_poller import BacklogPoller
from punctuald.process.autoscaler.host_resources import HostResources
from punctuald.process.autoscaler.sensors import Sensors
from punctuald.process.autoscaler.tightest_tier import TightestTier
from punctuald.process.channel.channel import ChildEnd
from punctuald.process.worker.memory import own_memory_bytes
from punctuald.source.sqs.client import make_client
from punctuald.source.sqs.gauge import SqsGauge
from punctuald.stats.board.board import Board
from punctuald.stats.board.row_writer import RowWriter
from punctuald.stats.figures.aggregator import Aggregator

from .outline import Outline


def build_autoscaler(outline: Outline, generation: int, channel: ChildEnd) -> Autoscaler:
    """Its statistics stand in the board's last slot."""
    settings, clock = outline.settings, outline.clock
    stats = outline.board.writer(outline.board.layout.workers)
    aggregator = Aggregator(
        outline.boards, threshold_seconds=outline.threshold_seconds, objective=settings.sla.objective
    )
    gauges = _gauges(outline, stats)
    backlog_poller = BacklogPoller(gauges, clock, settings.scaling.backlog_interval_seconds, random.random)
    sensors = Sensors(
        load=aggregator.load,
        backlog=backlog_poller.backlog,
        tightest_tier=_tightest_tier(outline),
        host=HostResources(clock),
        worker_bytes=partial(_worker_bytes, outline.board),
        clock=clock,
        slots_per_worker=settings.pool.slots,
        all_ordered=all(gauge.ordered for gauge in gauges),
    )
    return Autoscaler(
        sensors=sensors,
        backlog_poller=backlog_poller,
        rules=ScalingRules(
            min_workers=settings.pool.min_workers,
            max_workers=settings.pool.max_workers,
            hold_seconds=settings.scaling.hold_seconds,
            cpu_limit=settings.scaling.cpu_limit,
            error_limit=settings.scaling.error_limit,
            memory_reserve_bytes=settings.scaling.memory_reserve_mb * 1024 * 1024,
        ),
        snapshot=aggregator.snapshot,
        stats=stats,
        channel=channel,
        clock=clock,
        generation=generation,
        interval_seconds=settings.scaling.interval_seconds,
        snapshot_interval_seconds=settings.logging.snapshot_interval_seconds,
    )


def _gauges(outline: Outline, stats: RowWriter) -> list[SqsGauge]:
    # Clients of their own: one that is made for long polls waits for an answer for half a minute.
    client_of = cache(partial(make_client, wait_seconds=None, connections=1))
    return [
        SqsGauge(
            client_of(queue.region, queue.endpoint_url),
            queue.name,
            queue.url or None,
            partial(stats.count, number),
            outline.clock,
        )
        for number, queue in enumerate(outline.settings.queues)
    ]


def _tightest_tier(outline: Outline) -> TightestTier:
    calendar = outline.calendar
    pins = [outline.tier_index(queue) for queue in outline.settings.queues]
    return TightestTier(
        calendar=calendar,
        pinned_seconds=tuple(calendar.tiers[pin].threshold_seconds for pin in pins if pin is not None),
        by_calendar=None in pins,
    )


def _worker_bytes(board: Board) -> int | None:
    """Of the first worker that is ready: they are alike."""
    for index in board.attached():
        view = board.reader(index)
        if view.is_worker and view.ready_mono is not None and view.pid:
            try:
                return own_memory_bytes(view.pid)
            except OSError:  # it ended just now
                continue
    return None
