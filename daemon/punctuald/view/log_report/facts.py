"""The sentences of a report."""

from __future__ import annotations

from collections.abc import Iterator

from punctuald.log_tables.figures.happenings import MOST
from punctuald.log_tables.figures.report import Report
from punctuald.view.terminal.human import human_share
from punctuald.view.terminal.printable import printable

from .moments import length, moment

NO_INTERVALS = (
    "There are no intervals (stats.interval) in it, so nothing can be said about messages. Is it the daemon's log, in "
    "JSON, at level info or below?"
)

MARKS = (
    "In the chart of workers grey lines are decisions, red ones deaths, dotted ones starts, stops and reloads; the "
    "tables below say what each was."
)


def about_log(report: Report) -> tuple[str, ...]:
    """What was read, what of it is missing, and what is odd."""
    return (*_read(report), *_covered(report), *report.oddities)


def on_time(report: Report) -> tuple[str, ...]:
    """The whole in one sentence."""
    messages, met = sum(tier.messages for tier in report.tiers), sum(tier.met for tier in report.tiers)
    if not messages:
        return ("No message was done.",)
    return (f"{met:,} of {messages:,} messages were on time: {human_share(met / messages)}.",)


def why_late(report: Report) -> tuple[str, ...]:
    """How many were late, and when the tiers were violated."""
    missed = sum(tier.missed for tier in report.tiers)
    if not missed:
        return ("No message was late.",)
    restored = sum(each.end_utc is not None for each in report.violations)
    violated = _counted(len(report.violations), "violation")
    return (
        f"{missed:,} messages were late; each has one cause, so causes add up to all of them.",
        f"{violated} of a tier, of which {restored} came to an end in this log.",
    )


def scaling(report: Report) -> tuple[str, ...]:
    """What the marks are, and how much of what happened is shown."""
    shown = (
        (report.in_all.decisions, "decisions"),
        (report.in_all.deaths, "deaths"),
        (report.in_all.changes, "changes"),
    )
    return (MARKS, *(f"Of {count:,} {name} {MOST} are shown; --sql has all." for count, name in shown if count > MOST))


def costs(report: Report) -> tuple[str, ...]:
    """Calls a message, and money a million of them."""
    cost, sentences = report.cost, []
    if cost.per_million is not None and cost.requests_per_message is not None:
        sentences.append(
            f"{cost.requests:,} calls for {cost.messages:,} messages, {cost.requests_per_message:.3f} each: "
            f"{cost.request_cost:.2f} {printable(cost.currency)}, {cost.per_million:.2f} for a million messages. "
            "Producers' calls, free ones and those over 64 KiB are not in it."
        )
    paid = "" if cost.worker_cost is None else f": {cost.worker_cost:.2f} {printable(cost.currency)}"
    return (*sentences, f"About {cost.worker_hours:,.1f} hours of workers{paid}.")


def _read(report: Report) -> Iterator[str]:
    lines = report.lines
    if not lines.all:
        yield "It is empty."
        return
    yield f"{lines.all:,} lines: {lines.events:,} events, of which {lines.intervals:,} intervals."
    others = ((lines.torn, "torn"), (lines.foreign, "not ours"), (lines.blank, "blank"))
    left_out = ", ".join(f"{count:,} {kind}" for count, kind in others if count)
    if left_out:
        yield f"Left out: {left_out}."


def _covered(report: Report) -> Iterator[str]:
    if report.extent is None:
        yield NO_INTERVALS
        return
    begin, end = report.extent.begin_utc, report.extent.end_utc
    hosts = ", ".join(map(printable, report.extent.hosts))
    span = f"From {moment(report, begin)} to {moment(report, end)} ({report.extent.zone}), {length(begin, end)}"
    yield f"{span}; hosts: {hosts}."
    if report.gaps:
        stopped = sum(gap.stopped for gap in report.gaps)
        yield (
            f"{_counted(len(report.gaps), 'gap')} without intervals, at {stopped} of which the daemon was stopped or "
            "started: what happened there is not known, and is in no number."
        )


def _counted(count: int, name: str) -> str:
    return f"{count:,} {name}{'' if count == 1 else 's'}"
