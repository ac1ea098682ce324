"""From a source's settings to how its consumer drains it."""

from __future__ import annotations

from dataclasses import replace

from punctuald.app.outline import Outline
from punctuald.config import QueueSettings, SourceSettings
from punctuald.config.sources.partitioned import PartitionedSettings
from punctuald.delivery.queue_options import QueueOptions
from punctuald.handler import CoroutineHandler, Handler
from punctuald.policy.delivery.due_time import DueTime
from punctuald.policy.delivery.event_time import EventTime
from punctuald.policy.delivery.retry import RetryLimits
from punctuald.ports import Source


def options_of(outline: Outline, number: int, source: Source, handler: Handler | CoroutineHandler) -> QueueOptions:
    """Of the source with this number."""
    settings = outline.settings.sources[number]
    return _with_its_own(
        settings,
        QueueOptions(
            index=number,
            source=source,
            event_time=EventTime(settings.event_time_attribute, settings.event_time_field),
            due_time=DueTime(settings.due_time_attribute, settings.due_time_field),
            pinned_tier=outline.tier_index(settings),
            batch_size=settings.batch_size if handler.batch else 1,
            wait_seconds=settings.longest_poll_seconds,
            lookahead_seconds=settings.lookahead_seconds,
            retry_initial_seconds=settings.retry_initial_seconds,
            retry_max_seconds=settings.retry_max_seconds,
            wait_hold_seconds=settings.wait_hold_seconds,
            weight=settings.weight,
        ),
    )


def _with_its_own(settings: SourceSettings, options: QueueOptions) -> QueueOptions:
    """What only this kind of source has."""
    if isinstance(settings, QueueSettings):
        return replace(
            options,
            poll_interval_seconds=settings.poll_interval_seconds,
            visibility_seconds=settings.visibility_seconds,
            ack_linger_seconds=settings.ack_linger_seconds,
            deduplication_attribute=settings.deduplication_attribute,
        )
    if isinstance(settings, PartitionedSettings):
        return replace(
            options,
            ack_linger_seconds=0.0,  # nothing is sent: an acknowledgement is a mark, and what is committed lingers
            retry_limits=RetryLimits(settings.max_tries, settings.retry_for_seconds),
        )
    raise TypeError(f"no such source: {settings.kind}")
