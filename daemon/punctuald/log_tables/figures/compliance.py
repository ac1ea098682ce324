"""Whether messages were on time: by tier, by local day, by local hour."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from math import ceil
from zoneinfo import ZoneInfo

from punctuald.log_tables.database import Database
from punctuald.stats.board.cells import MICROSECONDS, midpoint

from .clock import Extent

WORST_HOURS = 10


@dataclass(frozen=True, slots=True)
class TierSum:
    """All messages of a tier. ``thresholds`` in seconds: more than one where a reload changed it. Quantiles are
    of the end-to-end time, None where no interval has a histogram of it; they are as exact as its cells, 1.6 %."""

    tier: str
    thresholds_seconds: tuple[float, ...]
    messages: int
    met: int
    missed: int
    p50_seconds: float | None
    p95_seconds: float | None
    p99_seconds: float | None
    max_seconds: float | None

    @property
    def compliance(self) -> float | None:
        """The share that was on time; None where there was no message."""
        return self.met / self.messages if self.messages else None


@dataclass(frozen=True, slots=True)
class SpanSum:
    """All messages of a tier whose intervals began in a local hour or day, which began at ``begin`` by the report's
    clock: ``2026-11-27T14:00``. Of the hour that comes twice when winter time begins, each is one; ``begin_utc``
    (seconds since the epoch) tells them apart."""

    tier: str
    begin: str
    begin_utc: float
    messages: int
    missed: int

    @property
    def compliance(self) -> float:
        """The share that was on time."""
        return 1 - self.missed / self.messages


def tier_sums(log: Database) -> tuple[TierSum, ...]:
    """By tier, in the order of their names."""
    rows = log.rows(
        """SELECT tier, list_sort(list_distinct(list(threshold_seconds) FILTER (threshold_seconds IS NOT NULL))),
            sum(coalesce(count, 0))::BIGINT, sum(coalesce(met, 0))::BIGINT, sum(coalesce(missed, 0))::BIGINT,
            max(stages.end_to_end.max_seconds)
        FROM intervals_tier GROUP BY tier ORDER BY tier"""
    )
    cells = cells_by(log, "tier", "end_to_end")
    return tuple(
        TierSum(tier, tuple(thresholds or ()), count, met, missed, *_quantiles(cells.get(tier, {}), longest), longest)
        for tier, thresholds, count, met, missed, longest in rows
    )


def span_sums(log: Database, extent: Extent, part: str) -> tuple[SpanSum, ...]:
    """By tier and local ``part``, ``hour`` or ``day``, in which there were messages, in order of time."""
    local = extent.local_sql(part)
    shift = _offset(extent) if part == "hour" else "NULL"  # a day on which it changes is one day
    rows = log.rows(
        f"""SELECT tier, {local} AS local, {shift} AS shift, sum(count)::BIGINT AS count,
            sum(coalesce(missed, 0))::BIGINT
        FROM intervals_tier GROUP BY ALL HAVING sum(count) > 0 ORDER BY min(begin_utc), tier"""
    )
    return tuple(
        SpanSum(tier, f"{begin:%Y-%m-%dT%H:%M}", _utc(begin, seconds, extent), count, missed)
        for tier, begin, seconds, count, missed in rows
    )


def worst(hours: tuple[SpanSum, ...]) -> tuple[SpanSum, ...]:
    """Those with misses that had the most of them in proportion, the worst first."""
    late = [hour for hour in hours if hour.missed]
    return tuple(sorted(late, key=lambda hour: (hour.compliance, -hour.missed))[:WORST_HOURS])


def _utc(local: datetime, shift_seconds: float | None, extent: Extent) -> float:
    if shift_seconds is None:
        return local.replace(tzinfo=ZoneInfo(extent.zone)).timestamp()
    return local.replace(tzinfo=UTC).timestamp() - shift_seconds


def _offset(extent: Extent) -> str:
    return f"epoch(timezone('{extent.zone}', begin_utc AT TIME ZONE 'UTC')) - epoch(begin_utc)"


def _quantiles(cells: dict[int, int], longest: float | None) -> tuple[float | None, float | None, float | None]:
    p50, p95, p99 = (quantile(cells, share, longest) for share in (0.5, 0.95, 0.99))
    return p50, p95, p99


def cells_by(log: Database, column: str, stage: str) -> dict[str, dict[int, int]]:
    """How many messages took how long in ``stage``, by the histograms' cells, for each value of ``column``: `tier` or
    `queue`."""
    found: dict[str, dict[int, int]] = {}
    for name, cell, messages in log.rows(
        f"""SELECT {column}, cell, sum(messages)::BIGINT FROM latencies WHERE stage = '{stage}'
        GROUP BY ALL ORDER BY ALL"""
    ):
        found.setdefault(name, {})[cell] = messages
    return found


def quantile(cells: dict[int, int], share: float, longest: float | None = None) -> float | None:
    """The middle of the first cell, in their order, up to which ``share`` of all were counted, as docs/events.md says;
    never above ``longest``. None where nothing was counted."""
    rank, seen = ceil(share * sum(cells.values())), 0
    for cell in sorted(cells):
        seen += cells[cell]
        if seen >= max(rank, 1):
            middle = midpoint(cell) / MICROSECONDS
            return middle if longest is None else min(middle, longest)
    return None
