"""The tables of a report, in words as they are shown."""

from __future__ import annotations

from punctuald.log_tables.figures.compliance import worst
from punctuald.log_tables.figures.report import Report
from punctuald.view.charts.table import Table
from punctuald.view.terminal.human import UNKNOWN, human_share
from punctuald.view.terminal.printable import printable

from .moments import length, moment, seconds


def tiers(report: Report) -> Table:
    """Compliance and latency by tier."""
    head = ("tier", "threshold", "messages", "late", "on time", "p50", "p95", "p99", "longest")
    return Table(head, tuple(
        (
            printable(each.tier), " / ".join(map(seconds, each.thresholds_seconds)) or UNKNOWN, f"{each.messages:,}",
            f"{each.missed:,}", UNKNOWN if each.compliance is None else human_share(each.compliance),
            *map(seconds, (each.p50_seconds, each.p95_seconds, each.p99_seconds, each.max_seconds)),
        )
        for each in report.tiers
    ))  # fmt: skip


def worst_hours(report: Report) -> Table:
    """The hours of which the most was late in proportion."""
    return _spans("hour", report, hours=True)


def days(report: Report) -> Table:
    """Compliance by day and tier."""
    return _spans("day", report, hours=False)


def causes(report: Report) -> Table:
    """Misses by cause and tier, with the share of all misses."""
    missed = sum(each.messages for each in report.causes) or 1
    rows = [
        (each.cause.replace("_", " "), printable(each.tier), f"{each.messages:,}", human_share(each.messages / missed))
        for each in report.causes
    ]
    return Table(("cause", "tier", "messages", "of all late"), tuple(rows))


def examples(report: Report) -> Table:
    """Late messages by cause."""
    rows = [
        (
            cause.replace("_", " "), printable(each.message_id), printable(each.queue), printable(each.host),
            moment(report, each.utc), seconds(each.seconds),
            UNKNOWN if each.receive_count is None else str(each.receive_count),
        )
        for cause, found in report.examples.items()
        for each in found
    ]  # fmt: skip
    return Table(("cause", "message", "queue", "host", "done at", "took", "receives"), tuple(rows))


def violations(report: Report) -> Table:
    """From violated to restored."""
    rows = [
        (
            printable(each.tier), printable(each.host), moment(report, each.begin_utc),
            "not in this log" if each.end_utc is None else moment(report, each.end_utc),
            UNKNOWN if each.end_utc is None else length(each.begin_utc, each.end_utc),
            UNKNOWN if each.late is None else f"{each.late:,}", seconds(each.worst_seconds),
            (each.cause or UNKNOWN).replace("_", " "), (each.doing or UNKNOWN).replace("_", " "),
        )
        for each in report.violations
    ]  # fmt: skip
    return Table(("tier", "host", "violated", "restored", "for", "late", "worst", "cause", "what it did"), tuple(rows))


def gaps(report: Report) -> Table:
    """Times without intervals."""
    rows = [
        (
            printable(gap.host), moment(report, gap.begin_utc), moment(report, gap.end_utc),
            length(gap.begin_utc, gap.end_utc), "stopped" if gap.stopped else "no lines",
        )
        for gap in report.gaps
    ]  # fmt: skip
    return Table(("host", "from", "to", "for", "why"), tuple(rows))


def decisions(report: Report) -> Table:
    """The autoscaler's."""
    rows = [
        (
            moment(report, each.utc), printable(each.host), UNKNOWN if each.before is None else str(each.before),
            str(each.workers), each.reason.replace("_", " "),
        )
        for each in report.decisions
    ]  # fmt: skip
    return Table(("at", "host", "from", "to", "because of"), tuple(rows))


def deaths(report: Report) -> Table:
    """Processes that should not have ended."""
    rows = [
        (
            moment(report, each.utc), printable(each.host),
            f"{each.role}{'' if each.worker is None else f' {each.worker}'}",
            UNKNOWN if each.status is None else str(each.status), printable(each.cause or UNKNOWN),
            seconds(each.lived_seconds),
        )
        for each in report.deaths
    ]  # fmt: skip
    return Table(("at", "host", "process", "status", "cause", "lived"), tuple(rows))


def changes(report: Report) -> Table:
    """Starts, stops, reloads, orders, queues and downstreams that went and came."""
    rows = [
        (moment(report, each.utc), printable(each.host), each.event, printable(each.text)) for each in report.changes
    ]
    return Table(("at", "host", "event", "what"), tuple(rows))


def queues(report: Report) -> Table:
    """Work, and how long handlers took."""
    head = ("queue", "arrived", "done", "failed", "rejected", "redelivered", "p50", "p99", "slowest", "slowest message")
    rows = [
        (
            printable(each.queue),
            *(f"{n:,}" for n in (each.arrivals, each.done, each.failed, each.rejected, each.redelivered)),
            *map(seconds, (each.p50_handle_seconds, each.p99_handle_seconds, each.slowest_seconds)),
            printable(each.slowest_message_id or UNKNOWN),
        )
        for each in sorted(report.queues, key=lambda each: (-(each.p99_handle_seconds or 0.0), each.queue))
    ]  # fmt: skip
    return Table(head, tuple(rows))


def errors(report: Report) -> Table:
    """By kind."""
    rows = [
        (printable(each.error), printable(each.queue), f"{each.messages:,}", printable(each.message_id or UNKNOWN))
        for each in report.errors
    ]
    return Table(("error", "queue", "messages", "for example"), tuple(rows))


def duplicates(report: Report) -> Table:
    """By what made them."""
    rows = [(each.name.replace("_", " "), printable(each.queue), f"{each.count:,}") for each in report.duplicates]
    return Table(("cause", "queue", "messages"), tuple(rows))


def requests(report: Report) -> Table:
    """By queue and kind."""
    rows = [(printable(each.queue), each.name.replace("_", " "), f"{each.count:,}") for each in report.requests]
    return Table(("queue", "call", "calls"), tuple(rows))


def _spans(part: str, report: Report, *, hours: bool) -> Table:
    sums = worst(report.hours) if hours else report.days
    rows = [
        (
            each.begin.replace("T", " ") if hours else each.begin[:10], printable(each.tier), f"{each.messages:,}",
            f"{each.missed:,}", human_share(each.compliance),
        )
        for each in sums
    ]  # fmt: skip
    return Table((part, "tier", "messages", "late", "on time"), tuple(rows))
