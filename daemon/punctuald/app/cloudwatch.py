"""Builds what sends figures to CloudWatch, in the autoscaler's process."""

from __future__ import annotations

from punctuald.config import CloudWatchSettings
from punctuald.policy.delivery.downstream import agreed
from punctuald.process.cloudwatch.publisher import Publisher
from punctuald.process.cloudwatch.readings import WHOLE, Reading, Readings
from punctuald.source.aws.cloudwatch.client import CloudWatch, Datum
from punctuald.source.aws.credentials.boto_credentials import BotoCredentials
from punctuald.stats.board.active_rows import ActiveRows
from punctuald.stats.board.downstream.rows import DownstreamRows
from punctuald.stats.figures.interval_reader import IntervalReader

from .outline import Outline


def build_publisher(outline: Outline) -> Publisher | None:
    """None where the settings want none. Its credentials and its reader are its own: no lock is shared with scaling."""
    settings, clock = outline.settings.cloudwatch, outline.clock
    if not settings.enabled:
        return None
    client = CloudWatch(settings.namespace, settings.region, settings.endpoint_url, BotoCredentials(clock=clock))

    def put(reading: Reading) -> None:
        client.put(data_of(reading, settings))

    return Publisher(_readings(outline).read, put, clock, settings.interval_seconds)


def data_of(reading: Reading, settings: CloudWatchSettings) -> list[Datum]:
    """Each figure of the daemon, and of each queue."""
    figures = (
        ("BacklogSecondsPerWorker", "Seconds", reading.backlog_seconds),
        ("SlaCompliance", "Percent", reading.compliance),
    )
    return [
        Datum(name, value, unit, {"Daemon": settings.daemon, **({} if queue == WHOLE else {"Queue": queue})})
        for name, unit, values in figures
        for queue, value in values.items()
    ]


def _readings(outline: Outline) -> Readings:
    settings, downstreams = outline.settings, DownstreamRows(outline.boards)
    rows = ActiveRows(outline.boards, lambda view: view)
    names = [source.name for source in settings.sources]

    def slots(queue: str) -> int:
        ready = [view for view in rows.read() if view.is_worker and view.ready_mono is not None]
        return sum(view.slots_for(queue) for view in ready) or settings.pool.slots  # of the one that could be started

    return Readings(
        IntervalReader(outline.boards, threshold_seconds=outline.threshold_seconds),
        hosts={queue.name: settings.scaling.hosts for queue in settings.sqs_queues},
        slots=slots,
        downs=lambda: [name for name in names if agreed(downstreams.reports(name)).is_down],
    )
