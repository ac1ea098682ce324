"""How each queue and tier does: on time or late, and where the time went."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from prometheus_client.core import HistogramMetricFamily
from prometheus_client.core import Metric as Family

from punctuald.model import Stage
from punctuald.stats.board.cells import MICROSECONDS
from punctuald.stats.figures.intervals import TierFigures

from .buckets import Buckets
from .families import PREFIX, counters, gauge, gauges
from .figures import DaemonFigures

_PAIR = ("queue", "tier")


def tier_families(figures: DaemonFigures) -> Iterator[Family]:
    """Of queues and tiers that had a message."""
    pairs, thresholds = figures.total.tiers, figures.threshold_seconds
    yield gauge("sla_objective", "The share of messages that must be on time.", figures.objective)
    yield gauges("sla_threshold_seconds", "What a tier allows.", ("tier",), [((t,), s) for t, s in thresholds.items()])
    yield gauges(
        "sla_violated",
        "1 while a tier uses up its error budget too fast over both windows.",
        ("tier",),
        [((tier,), float(tier in figures.violated)) for tier in thresholds],
    )
    yield counters("sla_met", "Messages that were on time.", _PAIR, [((p.queue, p.tier), p.met) for p in pairs])
    yield counters(
        "sla_missed",
        "Messages that were late, by the one cause of each.",
        (*_PAIR, "cause"),
        [((p.queue, p.tier, cause.name.lower()), late) for p in pairs for cause, late in p.missed_by.items()],
    )
    yield gauges(
        "overdue_messages",
        "Messages in hand, waiting, held, running or being settled, that are past their deadline now.",
        _PAIR,
        [((p.queue, p.tier), p.overdue) for p in pairs],
    )
    yield _stages(pairs, Buckets(thresholds.values()))


def _stages(pairs: Sequence[TierFigures], buckets: Buckets) -> Family:
    family = HistogramMetricFamily(
        f"{PREFIX}message_stage_seconds",
        "Where the time of acknowledged messages went; end_to_end is the sum of the other stages.",
        labels=(*_PAIR, "stage"),
        unit="seconds",
    )
    for pair in pairs:
        for stage in Stage:
            histogram = pair.stages[stage]
            labels = (pair.queue, pair.tier, stage.name.lower())
            family.add_metric(labels, buckets.of(histogram), histogram.sum_us / MICROSECONDS)
    return family
