"""What was counted of each queue, and what waits at its source."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from prometheus_client.core import Metric as Family

from punctuald.model import REQUEST_COUNTERS, Backlog, Metric
from punctuald.policy.delivery.priority import STARTED
from punctuald.stats.figures.intervals import Interval, QueueFigures

from .families import Row, counters, gauges

TOTALS: Mapping[Metric, tuple[str, str]] = MappingProxyType(
    {
        Metric.RECEIVED: ("received_messages", "Deliveries that were taken from the source."),
        Metric.REDELIVERED: ("redelivered_messages", "Of these, messages that had been delivered before."),
        Metric.RECEIVE_EMPTY: ("empty_receives", "Receives that brought nothing."),
        Metric.SOURCE_ERROR: ("source_errors", "Calls to the source that failed as a whole."),
        Metric.RECORDS_GONE: ("records_gone", "Records of a log that were deleted before they were read."),
    }
)
"""Name and meaning of those that have a metric of their own."""

OUTCOMES = (
    Metric.DONE,
    Metric.FAILED,
    Metric.RETRIED,
    Metric.REJECTED,
    Metric.DISCARDED,
    Metric.UNAVAILABLE,
    Metric.HELD,
    Metric.BOUNCED,
    Metric.RELEASED,
    Metric.LEASE_LOST,
    Metric.ABANDONED,
    Metric.POISON,
    Metric.NOT_DEAD_LETTERED,
    Metric.DUPLICATE_IN_FLIGHT,
    Metric.COPY_DROPPED,
)
"""What can become of a delivery: values of one label, `outcome`."""


STATES = ("available", "unavailable", "down", "paused")


def queue_families(total: Interval, now_mono: float) -> Iterator[Family]:
    """``now_mono``: for how old a count of the backlog is."""
    queues = total.queues
    for metric, (name, meaning) in TOTALS.items():
        yield counters(name, meaning, ("queue",), [((each.queue,), each.counts[metric]) for each in queues])
    yield counters(
        "messages",
        "What became of deliveries; one can count several times, as when it fails and is tried again.",
        ("queue", "outcome"),
        _by_label(queues, {metric.name.lower(): metric for metric in OUTCOMES}),
    )
    yield counters(
        "started_messages",
        "Messages that were given to a handler, by how urgent they were then.",
        ("queue", "priority"),
        _by_label(queues, {priority.name.lower(): metric for priority, metric in STARTED.items()}),
    )
    yield counters(
        "source_requests",
        "Calls that were made to the source, the autoscaler's included.",
        ("queue", "call"),
        _by_label(queues, {metric.name.lower().removeprefix("request_"): metric for metric in REQUEST_COUNTERS}),
    )
    yield from _backlogs(queues, now_mono)


def states_of_queues(queues: Sequence[Mapping[str, Any]]) -> Family:
    """``queues`` are the status document's."""
    rows = [((each["queue"], state), float(state == each["state"])) for each in queues for state in STATES]
    return gauges("queue_state", "1 for how a queue can be received from.", ("queue", "state"), rows)


def _by_label(queues: Sequence[QueueFigures], metrics: Mapping[str, Metric]) -> Iterator[Row]:
    for queue in queues:
        for value, metric in metrics.items():
            yield (queue.queue, value), queue.counts[metric]


def _backlogs(queues: Sequence[QueueFigures], now_mono: float) -> Iterator[Family]:
    """Left out where it is not known: that is not zero."""

    def known(name: str, meaning: str, value: Callable[[Backlog], float | None]) -> Family:
        values = [((each.queue,), value(each.backlog)) for each in queues if each.backlog is not None]
        return gauges(name, meaning, ("queue",), [(labels, found) for labels, found in values if found is not None])

    yield known("backlog_messages", "Messages that wait at the source, as it says.", lambda each: each.visible)
    yield known("source_in_flight_messages", "Messages that the source has given out.", lambda each: each.in_flight)
    yield known("source_delayed_messages", "Messages that nobody can have yet.", lambda each: each.delayed)
    yield known("backlog_age_seconds", "How old these three counts are.", lambda each: now_mono - each.read_mono)
    yield known("behind_seconds", "How old the oldest unread record of a log is.", lambda each: each.behind_seconds)
