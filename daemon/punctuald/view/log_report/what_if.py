"""What would have come of it: what happened, the replay of that, and the replay with each change."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from punctuald.log_tables.figures.clock import Extent
from punctuald.log_tables.figures.compliance import TierSum
from punctuald.log_tables.figures.what_if import Outcome, WhatIf
from punctuald.view.charts.chart import Axis, Chart, Kind, Series, Shape, Unit
from punctuald.view.charts.table import Table
from punctuald.view.terminal.printable import printable

from .differences import Shown, difference, number, per_cent, shown_or_unknown
from .moments import seconds
from .sections import Section

DIFFERENCES = "Differences are to the replay, and not to what happened. Calls are an estimate, the most that may be."
FAR = (
    "The replay is far from what happened, so take the answers with care: something counted that it does not know, as "
    "do outages, handlers of batches, coroutines, or another configuration than this one."
)

Read = Callable[[Outcome], float | None]


def what_if_section(found: WhatIf, extent: Extent) -> Section:
    """A table for each change; charts of workers and late messages over time."""
    tables = tuple((f"What if {printable(each.name)}", _table(found, each)) for each in found.alternatives)
    return Section("what-if", "What if?", tuple(_sentences(found)), tuple(_charts(found, extent)), tables)


def _sentences(found: WhatIf) -> Iterator[str]:
    for each in found.alternatives:
        yield _answer(found, each)
    yield DIFFERENCES
    if not found.is_near:
        yield FAR
    yield from found.sentences


def _answer(found: WhatIf, alternative: Outcome) -> str:
    before = found.replayed
    hours = difference(before.worker_hours, alternative.worker_hours, _hours)
    paid = difference(before.cost, alternative.cost, _money)
    without = "" if alternative.worker_cost is not None else " without that of workers (worker_hour in --prices)"
    return (
        f"With {printable(alternative.name)}: {_on_time(alternative)} on time instead of {_on_time(before)}, "
        f"{hours} hours of workers, {paid} {printable(found.currency)}{without}."
    )


def _on_time(outcome: Outcome) -> str:
    if outcome.between is None or outcome.draws == 1:
        return per_cent(outcome.compliance)
    least, most = outcome.between
    return f"{per_cent(outcome.compliance)} ({per_cent(least)} to {per_cent(most)} in {outcome.draws} replays)"


def _table(found: WhatIf, alternative: Outcome) -> Table:
    head = ("", found.happened.name, found.replayed.name, printable(alternative.name), "difference")
    return Table(head, tuple(_row(found, alternative, *line) for line in _lines(found, alternative)))


def _row(found: WhatIf, alternative: Outcome, name: str, read: Read, shown: Shown) -> tuple[str, ...]:
    values = [read(outcome) for outcome in (found.happened, found.replayed, alternative)]
    return name, *(shown_or_unknown(each, shown) for each in values), difference(values[1], values[2], shown)


def _lines(found: WhatIf, alternative: Outcome) -> Iterator[tuple[str, Read, Shown]]:
    yield "messages", lambda outcome: outcome.messages, number
    yield "on time", lambda outcome: outcome.compliance, per_cent
    outcomes = (found.happened, found.replayed, alternative)
    for tier in sorted({tier.tier for outcome in outcomes for tier in outcome.tiers if tier.messages}):
        for what, of_tier, shown in _TIER_NUMBERS:
            yield f"{printable(tier)}: {what}", _tier_reader(tier, of_tier), shown
    yield from _TOTALS


def _tier_reader(name: str, read: Callable[[TierSum], float | None]) -> Read:
    def read_tier(outcome: Outcome) -> float | None:
        return next((read(tier) for tier in outcome.tiers if tier.tier == name), None)

    return read_tier


def _charts(found: WhatIf, extent: Extent) -> Iterator[Chart]:
    outcomes = (found.happened, found.replayed, *found.alternatives)
    time = Axis(f"time ({extent.zone})", Unit.TIME, zone=extent.zone)
    for title, axis, curves in (
        ("Workers, had it been so", "workers", [outcome.workers for outcome in outcomes]),
        ("Late messages, had it been so", "messages", [outcome.late for outcome in outcomes]),
    ):
        series = tuple(
            Series(printable(outcome.name), extent.bins, curve, Shape.STEP)
            for outcome, curve in zip(outcomes, curves, strict=True)
        )
        summary = f"{title}: what happened, replayed as it was, and with each change."
        yield Chart(title, Kind.LINES, time, Axis(axis, Unit.COUNT), series, summary=summary)


def _money(value: float) -> str:
    return f"{value:,.2f}"


def _hours(value: float) -> str:
    return f"{value:,.2f}" if value >= 1 else f"{value:.4f}"


_TIER_NUMBERS: tuple[tuple[str, Callable[[TierSum], float | None], Shown], ...] = (
    ("threshold", lambda tier: max(tier.thresholds_seconds, default=None), seconds),
    ("on time", lambda tier: tier.compliance, per_cent),
    ("p95", lambda tier: tier.p95_seconds, seconds),
    ("p99", lambda tier: tier.p99_seconds, seconds),
)
_TOTALS: tuple[tuple[str, Read, Shown], ...] = (
    ("hours of workers", lambda outcome: outcome.worker_hours, _hours),
    ("most workers", lambda outcome: outcome.most_workers, number),
    ("calls", lambda outcome: outcome.requests, number),
    ("cost of calls", lambda outcome: outcome.request_cost, "{:,.4f}".format),
    ("cost of workers", lambda outcome: outcome.worker_cost, "{:,.4f}".format),
)
