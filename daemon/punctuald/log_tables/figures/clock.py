"""How a report cuts time: bins of a whole number of seconds for curves, local hours and days for sums."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from punctuald.log_tables.database import Database

MOST_BINS = 240
_BINS_SECONDS = (10, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400)


@dataclass(frozen=True, slots=True)
class Extent:
    """What the intervals cover: from ``begin_utc`` to ``end_utc`` (seconds since the epoch), of ``hosts``. Curves have
    a point each ``bin_seconds``; ``zone`` is the IANA name of the clock that days and hours go by."""

    begin_utc: float
    end_utc: float
    bin_seconds: int
    zone: str
    hosts: tuple[str, ...]

    @property
    def bins(self) -> tuple[float, ...]:
        """The begin of each, whether anything is known of it or not."""
        first = int(self.begin_utc // self.bin_seconds)
        last = int(max(self.begin_utc, self.end_utc - 0.001) // self.bin_seconds)
        return tuple(float(number * self.bin_seconds) for number in range(first, last + 1))

    @property
    def bin_sql(self) -> str:
        """SQL: the begin of the bin that an interval's begin is in, as seconds since the epoch."""
        return f"(floor(epoch(begin_utc) / {self.bin_seconds}) * {self.bin_seconds})::DOUBLE"

    def local_sql(self, part: str) -> str:
        """SQL: the begin of the local ``part`` (hour, day) of an interval, without a zone."""
        # The cast: of a day DuckDB 1.3 makes a date.
        return f"date_trunc('{part}', timezone('{self.zone}', begin_utc AT TIME ZONE 'UTC'))::TIMESTAMP"


def extent(log: Database, zone: str) -> Extent | None:
    """None: the log has no intervals."""
    [(begin, end, longest, hosts)] = log.rows(
        """SELECT min(begin_utc), max(begin_utc + to_microseconds((seconds * 1e6)::BIGINT)), median(seconds),
            list_sort(list_distinct(list(host)))
        FROM intervals_daemon WHERE begin_utc IS NOT NULL AND seconds IS NOT NULL"""
    )
    if begin is None:
        return None
    begin_utc, end_utc = (moment.replace(tzinfo=UTC).timestamp() for moment in (begin, end))
    return Extent(begin_utc, end_utc, _bin_seconds(end_utc - begin_utc, longest), zone, tuple(hosts))


def utc_seconds(moment: datetime | None) -> float | None:
    """A moment of the tables, which are UTC without a zone, as seconds since the epoch."""
    return None if moment is None else moment.replace(tzinfo=UTC).timestamp()


def _bin_seconds(span_seconds: float, interval_seconds: float) -> int:
    """The shortest with which there are few enough bins, and none shorter than an interval, which would be empty."""
    fits = (each for each in _BINS_SECONDS if span_seconds / each <= MOST_BINS and each >= interval_seconds)
    return next(fits, _BINS_SECONDS[-1])
