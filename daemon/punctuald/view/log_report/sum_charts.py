"""Sums as charts: compliance by day and hour, misses by cause."""

from __future__ import annotations

from collections.abc import Sequence

from punctuald.log_tables.figures.compliance import SpanSum
from punctuald.log_tables.figures.misses import CAUSES, CauseSum
from punctuald.log_tables.figures.report import Report
from punctuald.view.charts.chart import Axis, Chart, Kind, Series, Unit
from punctuald.view.terminal.human import DAY, HOUR
from punctuald.view.terminal.printable import printable

MOST_HOURS = 24 * 31


def compliance_charts(report: Report) -> tuple[Chart, ...]:
    """By hour, and by day where there is more than one; a gap where there were no messages."""
    if report.extent is None:
        return ()
    by_hour = [] if len(report.hours) > MOST_HOURS * max(1, len(report.tiers)) else [("hour", report.hours)]
    by_day = [("day", report.days)] if len({each.begin for each in report.days}) > 1 else []
    return tuple(_compliance(name, sums, report.extent.zone) for name, sums in (*by_day, *by_hour))


def cause_chart(report: Report) -> Chart:
    """A bar for each cause that there was, with a part for each tier."""
    present = {each.cause for each in report.causes}
    causes = [cause for cause in CAUSES if cause in present]
    causes += sorted(present - set(causes))
    tiers = sorted({each.tier for each in report.causes})
    return Chart(
        "Why messages were late",
        Kind.BARS,
        Axis("cause", Unit.COUNT, categories=tuple(cause.replace("_", " ") for cause in causes)),
        Axis("messages", Unit.COUNT),
        tuple(_bars(tier, causes, report.causes) for tier in tiers),
        summary=f"{sum(each.messages for each in report.causes)} late messages by their cause.",
    )


def _bars(tier: str, causes: Sequence[str], sums: Sequence[CauseSum]) -> Series:
    counts = {each.cause: float(each.messages) for each in sums if each.tier == tier}
    return Series(
        printable(tier), tuple(map(float, range(len(causes)))), tuple(counts.get(cause, 0.0) for cause in causes)
    )


def _compliance(part: str, sums: Sequence[SpanSum], zone: str) -> Chart:
    step = DAY if part == "day" else HOUR
    tiers = sorted({each.tier for each in sums})
    return Chart(
        f"On time, by {part}",
        Kind.LINES,
        Axis(f"{part} ({zone})", Unit.DAY if part == "day" else Unit.TIME, zone=zone),
        Axis("on time", Unit.SHARE),
        tuple(_line(tier, sums, step) for tier in tiers),
        summary=f"The share of messages that were on time, by {part} and tier.",
    )


def _line(tier: str, sums: Sequence[SpanSum], step: int) -> Series:
    """With a gap behind each place that the next one does not follow; a day may have 25 hours."""
    longest = step if step == HOUR else step + HOUR
    points: list[tuple[float, float | None]] = []
    for each in sums:
        if each.tier == tier:
            if points and each.begin_utc - points[-1][0] > longest:
                points.append((points[-1][0] + step, None))
            points.append((each.begin_utc, each.compliance))
    return Series(printable(tier), tuple(at for at, _ in points), tuple(value for _, value in points))
