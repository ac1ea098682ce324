"""Builds the autoscaler, in its own process."""

from __future__ import annotations

from functools import partial
from random import Random

from punctuald.config import Settings
from punctuald.logs import logger
from punctuald.logs.limited import LimitedLog
from punctuald.policy.log_lines.event_rates import EventRates
from punctuald.policy.scaling.decide import ScalingRules
from punctuald.policy.scaling.observation import WorkerSize
from punctuald.process.autoscaler.autoscaler import Autoscaler
from punctuald.process.autoscaler.backlog_poller import BacklogPoller
from punctuald.process.autoscaler.decision_row import DecisionRow
from punctuald.process.autoscaler.downstreams import Downstreams
from punctuald.process.autoscaler.host_resources import HostResources
from punctuald.process.autoscaler.limits.limited_queues import LimitedQueues
from punctuald.process.autoscaler.sensors import Sensors
from punctuald.process.autoscaler.tightest_tier import TightestTier
from punctuald.process.awake_time import AwakeTime
from punctuald.process.channel.channel import ChildEnd
from punctuald.process.worker.memory import own_memory_bytes, threads_of
from punctuald.stats.board.active_rows import ActiveRows
from punctuald.stats.board.board import Board
from punctuald.stats.board.downstream.rows import DownstreamRows
from punctuald.stats.figures.pool_totals import PoolTotals, PoolTotalsReader

from .cloudwatch import build_publisher
from .outline import Outline
from .sources.gauges import Gauges


def build_autoscaler(outline: Outline, generation: int, channel: ChildEnd, target: int) -> Autoscaler:
    """Its own counters are in the board's last row. ``target``: the workers that there should be until it decides."""
    settings, clock = outline.settings, outline.clock
    stats = outline.board.writer(outline.board.layout.workers)
    gauges = Gauges(outline, stats, LimitedLog(logger(), EventRates(), clock.mono))
    downstreams = Downstreams([source.name for source in settings.sources], DownstreamRows(outline.boards))
    limited = _limited_queues(outline, downstreams)
    backlog_poller = BacklogPoller(
        gauges.all,
        clock,
        settings.scaling.backlog_interval_seconds,
        Random().random,  # noqa: S311 - spreads requests, guards nothing
        limited.without_backlog,
        regions=_regions(settings),
    )
    return Autoscaler(
        sensors=_sensors(outline, gauges, backlog_poller, downstreams, limited),
        backlog_poller=backlog_poller,
        rules=_rules(settings),
        decision_row=DecisionRow(outline.board.decision_writer(), backlog_poller.depths),
        stats=stats,
        channel=channel,
        clock=clock,
        generation=generation,
        target=target,
        interval_seconds=settings.scaling.interval_seconds,
        publisher=build_publisher(outline),
    )


def _limited_queues(outline: Outline, downstreams: Downstreams) -> LimitedQueues:
    rows = ActiveRows(outline.boards, lambda view: view)
    limits = {source.name: source.limits for source in outline.settings.sources}
    return LimitedQueues(
        limits,
        lambda: [row for row in rows.read() if row.is_worker],
        downstreams.down,
        slots_per_worker=outline.settings.pool.slots,
    )


def _sensors(
    outline: Outline,
    gauges: Gauges,
    backlog_poller: BacklogPoller,
    downstreams: Downstreams,
    limited: LimitedQueues,
) -> Sensors:
    settings, clock = outline.settings, outline.clock

    def limited_workers(now_mono: float, load: PoolTotals) -> float:
        return limited.needed_workers(now_mono, load.limited_service, backlog_poller.depths())

    return Sensors(
        load=PoolTotalsReader(outline.boards, limited.limited).read,
        backlog=backlog_poller.backlog,
        tightest_tier=_tightest_tier(outline),
        host=HostResources(clock),
        worker_size=partial(_worker_size, outline.board),
        clock=clock,
        awake=AwakeTime(clock, max(1.0, settings.scaling.interval_seconds)),  # shorter ones are late by chance
        slots_per_worker=settings.pool.slots,
        all_ordered=gauges.ordered,
        partitions=gauges.partitions,
        tier_seconds=outline.threshold_seconds,
        downstreams=downstreams,
        queue_tiers={source.name: source.tier or None for source in settings.sources if not source.limits.any},
        limited_workers=limited_workers,
        hosts=settings.scaling.hosts,
    )


def _rules(settings: Settings) -> ScalingRules:
    return ScalingRules(
        min_workers=settings.pool.min_workers,
        max_workers=settings.pool.max_workers,
        hold_seconds=settings.scaling.hold_seconds,
        cpu_limit=settings.scaling.cpu_limit,
        error_limit=settings.scaling.error_limit,
        memory_reserve_bytes=settings.scaling.memory_reserve_mb * 1024 * 1024,
    )


def _regions(settings: Settings) -> list[int]:
    """The numbers of the sources that are one region of a queue in several."""
    return [number for number, queue in enumerate(settings.sqs_queues) if queue.one_of_several]


def _tightest_tier(outline: Outline) -> TightestTier:
    calendar = outline.calendar
    pins = [outline.tier_index(source) for source in outline.settings.sources]
    return TightestTier(
        calendar=calendar,
        pinned_seconds=tuple(calendar.tiers[pin].threshold_seconds for pin in pins if pin is not None),
        by_calendar=None in pins,
    )


def _worker_size(board: Board) -> WorkerSize:
    """Of the first worker that is ready; all workers are alike."""
    for index in board.attached():
        view = board.reader(index)
        if view.is_worker and view.ready_mono is not None and view.pid:
            try:
                return WorkerSize(own_memory_bytes(view.pid), threads_of(view.pid))
            except OSError:  # it ended just now
                continue
    return WorkerSize()
