"""Tiers: the latencies of the last interval against the threshold, and what is left of the error budget."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from punctuald.view.terminal.human import UNKNOWN, human_share, short_count, short_seconds
from punctuald.view.terminal.printable import known

from .columns import Cell, Column, table_lines
from .document import Document, part, parts
from .time_of_day import time_of_day

PERCENTILES = ("p50_seconds", "p95_seconds", "p99_seconds")
_LOWEST_BUDGET = -9.99

_COLUMNS = (
    Column("TIER", justify="left"),
    Column("WITHIN", 7),
    Column("P50", 8),
    Column("P95", 8),
    Column("P99", 8),
    Column("MAX", 8, from_width=110),
    Column("MESSAGES", 8, from_width=100),
    Column("OVERDUE", 7, from_width=70),
    Column("1 MIN", 8, from_width=120),
    Column("BURN", 6, from_width=120),
    Column("ON TIME", 8, from_width=70),
    Column("BUDGET", 7),
    Column("VIOLATED", 8, "left"),
)


def tier_lines(document: Document, width: int) -> list[Text]:
    """Titles, and a line a tier."""
    return table_lines(_COLUMNS, [_cells(tier) for tier in parts(document, "tiers")], width)


def _cells(tier: Document) -> Sequence[Cell]:
    interval, threshold = part(tier, "interval"), tier.get("threshold_seconds")
    latencies = [_latency(interval.get(name), threshold) for name in (*PERCENTILES, "max_seconds")]
    return (
        known(tier.get("tier")),
        short_seconds(threshold),
        *latencies,
        short_count(interval.get("messages")),
        _overdue(tier.get("overdue")),
        _share(tier.get("compliance_fast"), tier.get("objective")),
        _burn(tier.get("burn_fast")),
        _share(tier.get("compliance"), tier.get("objective")),
        _budget(tier.get("budget_left")),
        _violated(tier),
    )


def _latency(seconds: float | None, threshold: float | None) -> Text:
    """With a mark where it is past the threshold, for who sees no colours."""
    is_late = seconds is not None and threshold is not None and seconds > threshold
    return Text(f"{short_seconds(seconds)}{'!' if is_late else ' '}", style="bold red" if is_late else "")


def _overdue(count: int | None) -> Text:
    return Text(short_count(count), style="bold red" if count else "")


def _share(share: float | None, objective: float | None) -> Text:
    is_low = share is not None and objective is not None and share < objective
    return Text(UNKNOWN if share is None else human_share(share), style="bold red" if is_low else "")


def _burn(times: float | None) -> Text:
    if times is None:
        return Text(UNKNOWN)
    return Text(f"{times:.1f}x", style="bold red" if times >= 1 else "")


def _budget(left: float | None) -> Text:
    """Below nothing where more were late than may be; as far as the column has room."""
    if left is None:
        return Text(UNKNOWN)
    text = f"{left * 100:.0f} %" if left >= _LOWEST_BUDGET else f"<{_LOWEST_BUDGET * 100:.0f} %"
    return Text(text, style="bold red" if left < 0 else "")


def _violated(tier: Document) -> Text:
    violated = tier.get("violated")
    if not violated:
        return Text(UNKNOWN if violated is None else "no")
    since = time_of_day(tier.get("violated_since"))
    return Text("YES" if since == UNKNOWN else since, style="bold red")
