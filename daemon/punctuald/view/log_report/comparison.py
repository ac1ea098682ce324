"""Two reports beside each other: two spans of a log, or two deployments."""

from __future__ import annotations

from collections.abc import Callable

from punctuald.log_tables.figures.compliance import TierSum
from punctuald.log_tables.figures.report import Report
from punctuald.view.charts.table import Table
from punctuald.view.terminal.printable import printable

from .differences import Shown, difference, number, per_cent, shown_or_unknown
from .facts import about_log
from .moments import seconds
from .sections import Section


def compared(first: Report, second: Report) -> tuple[Section, ...]:
    """What each log is, then their numbers in columns, with the difference, second less first."""
    names = (printable(first.name), printable(second.name))
    logs = tuple(
        Section(key, f"The log {name}", about_log(report))
        for key, name, report in zip(("first", "second"), names, (first, second), strict=True)
    )
    return (
        *logs,
        Section("compared", "Side by side", (), (), (
            ("Tiers", _tiers(first, second)), ("Why late", _causes(first, second)),
            ("Altogether", _totals(first, second)),
        )),
    )  # fmt: skip


def _tiers(first: Report, second: Report) -> Table:
    here, there = ({tier.tier: tier for tier in report.tiers} for report in (first, second))
    rows = [
        _row(f"{printable(tier)}: {what}", _of(here.get(tier), read), _of(there.get(tier), read), shown)
        for tier in sorted(here.keys() | there.keys())
        for what, read, shown in _TIER_NUMBERS
    ]
    return _table(first, second, rows)


def _causes(first: Report, second: Report) -> Table:
    here, there = (_by_cause(report) for report in (first, second))
    rows = [
        _row(cause.replace("_", " "), _share(here.get(cause, 0), first), _share(there.get(cause, 0), second), per_cent)
        for cause in sorted(here.keys() | there.keys())
    ]
    return _table(first, second, [(f"late by {name}", *cells) for name, *cells in rows])


def _totals(first: Report, second: Report) -> Table:
    rows = [_row(name, read(first), read(second), shown) for name, read, shown in _TOTALS]
    return _table(first, second, rows)


def _table(first: Report, second: Report, rows: list[tuple[str, ...]]) -> Table:
    return Table(("", printable(first.name), printable(second.name), "difference"), tuple(rows))


def _row(name: str, here: float | None, there: float | None, shown: Shown) -> tuple[str, ...]:
    return name, shown_or_unknown(here, shown), shown_or_unknown(there, shown), difference(here, there, shown)


def _of(tier: TierSum | None, read: Callable[[TierSum], float | None]) -> float | None:
    return None if tier is None else read(tier)


def _by_cause(report: Report) -> dict[str, int]:
    found: dict[str, int] = {}
    for each in report.causes:
        found[each.cause] = found.get(each.cause, 0) + each.messages
    return found


def _share(count: int, report: Report) -> float | None:
    """Of all messages, so that spans of different lengths can be compared."""
    messages = sum(tier.messages for tier in report.tiers)
    return count / messages if messages else None


_TIER_NUMBERS: tuple[tuple[str, Callable[[TierSum], float | None], Shown], ...] = (
    ("messages", lambda tier: tier.messages, number),
    ("on time", lambda tier: tier.compliance, per_cent),
    ("p50", lambda tier: tier.p50_seconds, seconds),
    ("p95", lambda tier: tier.p95_seconds, seconds),
    ("p99", lambda tier: tier.p99_seconds, seconds),
)
_TOTALS: tuple[tuple[str, Callable[[Report], float | None], Shown], ...] = (
    ("messages done", lambda report: report.cost.messages, number),
    ("violations", lambda report: len(report.violations), number),
    ("deaths", lambda report: report.in_all.deaths, number),
    ("failed runs", lambda report: sum(queue.failed for queue in report.queues), number),
    ("duplicates", lambda report: sum(each.count for each in report.duplicates), number),
    ("worker-hours", lambda report: report.cost.worker_hours, number),
    ("calls a message", lambda report: report.cost.requests_per_message, number),
    ("cost of calls for a million messages", lambda report: report.cost.per_million, number),
)
