"""Load, workers and latency over time, a value for each bin. A bin that no interval is of is None in all of them."""

from __future__ import annotations

from dataclasses import dataclass

from punctuald.log_tables.database import Database
from punctuald.log_tables.schema import STAGES

from .clock import Extent
from .compliance import quantile

Curve = tuple[float | None, ...]
"""A value for each of `Extent.bins`; None = not known."""

PARTS = STAGES[:-1]


@dataclass(frozen=True, slots=True)
class Load:
    """``arrivals_per_second`` and ``backlog`` are those of all queues, ``workers_ready`` and ``workers_ordered`` those
    of all hosts: means over the bin. ``late``: messages that were late, by the interval in which they were done."""

    arrivals_per_second: Curve
    backlog: Curve
    workers_ready: Curve
    workers_ordered: Curve
    head_age_seconds: Curve
    late: Curve


@dataclass(frozen=True, slots=True)
class TierCurves:
    """Of one tier: quantiles of the end-to-end time, the mean of each stage, and how many messages took how long, by
    the octave of a histogram's cells (octave -1 is from half a second to a second)."""

    tier: str
    threshold_seconds: float | None
    p50_seconds: Curve
    p95_seconds: Curve
    p99_seconds: Curve
    stage_seconds: dict[str, Curve]
    octaves: dict[int, Curve]


def load(log: Database, extent: Extent) -> Load:
    """Of all hosts and queues."""
    at = extent.bin_sql
    seconds = _by_bin(
        log,
        f"SELECT {at}, sum(seconds) FROM (SELECT DISTINCT host, begin_utc, seconds FROM intervals_daemon) GROUP BY ALL",
    )
    arrivals = _by_bin(log, f"SELECT {at}, sum(coalesce(arrivals, 0))::DOUBLE FROM intervals_queue GROUP BY ALL")
    hosts = _by_bin(log, f"SELECT {at}, count(DISTINCT host)::DOUBLE FROM intervals_daemon GROUP BY ALL")
    late = _by_bin(log, f"SELECT {at}, sum(coalesce(missed, 0))::DOUBLE FROM intervals_tier GROUP BY ALL")
    rates = {key: arrivals.get(key, 0.0) * hosts[key] / covered for key, covered in seconds.items() if covered}
    return Load(
        _curve(rates, extent),
        _curve(_backlog(log, at), extent),
        _curve(_of_hosts(log, at, "workers_ready"), extent),
        _curve(_of_hosts(log, at, "workers"), extent),
        _curve(_by_bin(log, f"SELECT {at}, max(head_age_seconds) FROM intervals_daemon GROUP BY ALL"), extent),
        _curve({key: late.get(key, 0.0) for key in hosts}, extent),
    )


def tier_curves(log: Database, extent: Extent) -> tuple[TierCurves, ...]:
    """By tier, in the order of their names."""
    cells = _cells(log, extent)
    stages = _stages(log, extent)
    limits = log.rows("SELECT tier, max(threshold_seconds) FROM intervals_tier GROUP BY tier ORDER BY tier")
    return tuple(_curves(tier, limit, cells.get(tier, {}), stages.get(tier, {}), extent) for tier, limit in limits)


def _curves(
    tier: str,
    limit: float | None,
    cells: dict[float, dict[int, int]],
    stages: dict[str, dict[float, float]],
    extent: Extent,
) -> TierCurves:
    def quantiles(share: float) -> Curve:
        return _curve(
            {at: found for at, counts in cells.items() if (found := quantile(counts, share)) is not None}, extent
        )

    return TierCurves(
        tier,
        limit,
        quantiles(0.5),
        quantiles(0.95),
        quantiles(0.99),
        {stage: _curve(stages[stage], extent) for stage in PARTS if stage in stages},
        {octave: _curve(counts, extent) for octave, counts in sorted(_octaves(cells).items())},
    )


def _octaves(cells: dict[float, dict[int, int]]) -> dict[int, dict[float, float]]:
    found: dict[int, dict[float, float]] = {}
    for at, counts in cells.items():
        for cell, count in counts.items():
            by_bin = found.setdefault(cell // 64 - 20, {})
            by_bin[at] = by_bin.get(at, 0.0) + count
    return found


def _cells(log: Database, extent: Extent) -> dict[str, dict[float, dict[int, int]]]:
    found: dict[str, dict[float, dict[int, int]]] = {}
    for tier, at, cell, messages in log.rows(
        f"""SELECT tier, {extent.bin_sql} AS bin, cell, sum(messages)::BIGINT FROM latencies
        WHERE stage = 'end_to_end' GROUP BY ALL ORDER BY ALL"""
    ):
        found.setdefault(tier, {}).setdefault(at, {})[cell] = messages
    return found


def _stages(log: Database, extent: Extent) -> dict[str, dict[str, dict[float, float]]]:
    """The mean of each stage is that over all messages of the tier: one that took no time in it has 0 there."""
    sums = ", ".join(f"sum(count * stages.{stage}.mean_seconds)" for stage in PARTS)
    found: dict[str, dict[str, dict[float, float]]] = {}
    for tier, at, messages, *seconds in log.rows(
        f"""SELECT tier, {extent.bin_sql}, sum(count), {sums} FROM intervals_tier
        GROUP BY ALL HAVING sum(count) > 0 ORDER BY ALL"""
    ):
        for stage, taken in zip(PARTS, seconds, strict=True):
            if taken is not None:
                found.setdefault(tier, {}).setdefault(stage, {})[at] = taken / float(messages)
    return found


def _backlog(log: Database, at: str) -> dict[float, float]:
    """Each host says how much there is in a queue that it shares with the others, so of a queue it is their mean."""
    return _by_bin(
        log,
        f"""SELECT bin, sum(backlog) FROM (
            SELECT {at} AS bin, queue, avg(backlog['visible']) AS backlog FROM intervals_queue GROUP BY ALL)
        WHERE backlog IS NOT NULL GROUP BY bin""",
    )


def _of_hosts(log: Database, at: str, column: str) -> dict[float, float]:
    return _by_bin(
        log,
        f"""SELECT bin, sum(workers) FROM (
            SELECT {at} AS bin, host, avg({column}) AS workers FROM intervals_daemon GROUP BY ALL)
        WHERE workers IS NOT NULL GROUP BY bin""",
    )


def _by_bin(log: Database, sql: str) -> dict[float, float]:
    return {at: value for at, value in log.rows(sql) if at is not None and value is not None}


def _curve(values: dict[float, float], extent: Extent) -> Curve:
    return tuple(values.get(at) for at in extent.bins)
