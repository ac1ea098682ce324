"""What was measured of messages and workers, as a replay needs it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import floor

from punctuald.log_tables.database import Database
from punctuald.stats.board.layout import ARRIVAL_CELLS

from .clock import Extent

REPLAYED_STAGES = ("produce", "handle", "settle")
"""Stages whose times a replay is given. `queue` and `ready` are waiting, which is what it finds out."""

_START_SECONDS = 60.0
"""The first interval begins so long after the start at most: imports may take their time."""

Cells = Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Measured:
    """All hosts together.

    - ``begin_utc``: when the daemon began to take messages.
    - ``arrivals``: messages by the second of their sending (since the epoch). Some may have been sent before the begin,
      where the daemon was started then.
    - ``received``: messages that came for the first time; more than the arrivals where some had waited for longer than
      arrivals are counted, a quarter of an hour.
    - ``times``: of each of `REPLAYED_STAGES`, how many messages took how long, by a histogram's cell, in spans of time
      one after the other.
    - ``start_seconds``, ``start_deviation_seconds``: of workers' starts; None where the log has none.
    - ``failed_share``: of the runs of handlers.
    - ``covered_share``: of the extent of all hosts, the part that has intervals.
    """

    begin_utc: float
    arrivals: Mapping[int, int]
    received: int
    times: Mapping[str, tuple[Cells, ...]]
    start_seconds: float | None
    start_deviation_seconds: float
    failed_share: float
    covered_share: float


def measured(log: Database, extent: Extent) -> Measured:
    """Of the time that the intervals cover."""
    [(received,)] = log.rows("SELECT coalesce(sum(arrivals), 0)::BIGINT FROM intervals_queue")
    [(start_seconds, deviation_seconds)] = log.rows(
        "SELECT avg(start_seconds), coalesce(stddev_pop(start_seconds), 0) FROM starts WHERE role = 'worker'"
    )
    times = {stage: _times(log, extent, stage) for stage in REPLAYED_STAGES}
    return Measured(
        extent.begin_utc,
        _arrivals(log, extent),
        received,
        times,
        start_seconds,
        deviation_seconds,
        _failed_share(log),
        _covered_share(log, extent),
    )


def _arrivals(log: Database, extent: Extent) -> dict[int, int]:
    """Of a log, or a part of it, that begins while the daemon runs, those are left out that were sent before: most of
    them were handled before, too. Of one that begins with the daemon, those that it can have counted are in."""
    [(started,)] = log.rows(
        f"""SELECT count(*) > 0 FROM changes
        WHERE event = 'daemon.started' AND abs(epoch(utc) - ?) < {_START_SECONDS}""",
        [extent.begin_utc],
    )
    rows = log.rows(
        """SELECT epoch(second_utc)::BIGINT AS second, sum(messages)::DOUBLE FROM arrivals
        WHERE second >= ? AND second < ? GROUP BY second ORDER BY second""",
        [floor(extent.begin_utc) - (ARRIVAL_CELLS if started else 0), extent.end_utc],
    )
    return {second: int(messages) for second, messages in rows}


def _covered_share(log: Database, extent: Extent) -> float:
    [(seconds,)] = log.rows("SELECT sum(seconds) FROM (SELECT DISTINCT host, begin_utc, seconds FROM intervals_daemon)")
    whole = len(extent.hosts) * (extent.end_utc - extent.begin_utc)
    return float(seconds) / whole if whole else 1.0


def _failed_share(log: Database) -> float:
    counted = "sum(coalesce(counts['{0}'], 0))::DOUBLE"
    [(failed, done)] = log.rows(f"SELECT {counted.format('failed')}, {counted.format('done')} FROM intervals_queue")
    return failed / (failed + done) if failed else 0.0


def _times(log: Database, extent: Extent, stage: str) -> tuple[Cells, ...]:
    spans: dict[float, dict[int, int]] = {}
    for at, cell, messages in log.rows(
        f"""SELECT {extent.bin_sql} AS bin, cell, sum(messages)::BIGINT FROM latencies
        WHERE stage = '{stage}' GROUP BY ALL ORDER BY ALL"""
    ):
        spans.setdefault(at, {})[cell] = messages
    done = dict(log.rows(f"SELECT {extent.bin_sql} AS bin, sum(count)::BIGINT FROM intervals_tier GROUP BY bin"))
    return tuple(_whole(spans.get(at, {}), count or 0) for at, count in sorted(done.items()))


def _whole(cells: dict[int, int], done: int) -> Cells:
    """A stage that took no time is in no histogram: those messages are in the lowest cell."""
    without = done - sum(cells.values())
    return {**cells, 0: cells.get(0, 0) + without} if without > 0 else cells
