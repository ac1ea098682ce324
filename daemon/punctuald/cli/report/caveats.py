"""What a reader of the answers should know of this log and this configuration, in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from punctuald.config import Settings
from punctuald.log_tables.figures.measured import Measured
from punctuald.log_tables.figures.report import Report
from punctuald.view.terminal.printable import printable

_ALL_BUT_EDGES = 0.95
"""A log of at least so large a part of its time has no gap that counts."""


def caveats(report: Report, found: Measured, settings: Settings, alternatives: Sequence[Settings]) -> Iterator[str]:
    """``settings``: the configuration as it is."""
    yield from _left_out(found)
    yield from _other_configuration(report, settings)
    if found.covered_share < _ALL_BUT_EDGES:
        yield (
            f"The log's hosts were there for {found.covered_share:.0%} of its time, and in a replay they are for all "
            "of it: its hours of workers are more."
        )
    if any(change.event == "reload.completed" for change in report.changes):
        yield "There was a reload: a replay has one configuration all the time."
    if len(settings.sources) > 1:
        yield "All queues are replayed as one, in the order of sending."
        if any(source.limits.any for each in (settings, *alternatives) for source in each.sources):
            yield "Limits of queues are left out: each is of one queue."


def _left_out(found: Measured) -> Iterator[str]:
    sent = sum(found.arrivals.values())
    if found.received > sent:
        yield (
            f"Of {found.received:,} messages {found.received - sent:,} are in no replay: they had been sent before the "
            "part of the log that was read, had waited for longer than arrivals are counted, or their count was lost "
            "with an autoscaler."
        )


def _other_configuration(report: Report, settings: Settings) -> Iterator[str]:
    limits = {tier.name: tier.threshold_seconds for tier in settings.sla.tiers}
    for tier in report.tiers:
        if tier.messages and (tier.tier not in limits or set(tier.thresholds_seconds) - {limits[tier.tier]}):
            name = printable(tier.tier)
            yield f"The configuration's tier {name} is not the one in the log: is it the file that was in force?"
    queues = {source.name for source in settings.sources}
    for each in report.queues:
        if each.arrivals and each.queue not in queues:
            yield f"The configuration has no queue {printable(each.queue)}: is it the file that was in force?"
