"""What is odd about a log, in sentences: so that nobody takes a gap for silence, or a part for the whole."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from punctuald.log_tables.database import Database

SCOPES = ("tier", "queue", "daemon")


@dataclass(frozen=True, slots=True)
class Lines:
    """How many of which kind there are; ``intervals`` are lines of `stats.interval`."""

    events: int
    foreign: int
    torn: int
    blank: int
    intervals: int

    @property
    def all(self) -> int:
        """Of whatever kind."""
        return self.events + self.foreign + self.torn + self.blank


@dataclass(frozen=True, slots=True)
class Gap:
    """A time of which there are no intervals; ``stopped``: the daemon had ended by then."""

    host: str
    begin_utc: float
    end_utc: float
    stopped: bool


def lines(log: Database) -> Lines:
    """Of all files."""
    kinds = dict(log.rows("SELECT kind, sum(lines)::BIGINT FROM lines GROUP BY kind"))
    [(intervals,)] = log.rows("SELECT coalesce(sum(lines), 0)::BIGINT FROM lines WHERE event = 'stats.interval'")
    event, foreign, torn, blank = (kinds.get(kind, 0) for kind in ("event", "foreign", "torn", "blank"))
    return Lines(event, foreign, torn, blank, intervals)


def gaps(log: Database) -> tuple[Gap, ...]:
    """Of each host, in order of time."""
    rows = log.rows(
        f"""SELECT host, epoch(past), epoch(begin_utc), (SELECT count(*) > 0 FROM changes
                WHERE changes.host = each.host AND event IN ('daemon.stopped', 'daemon.started')
                    AND utc BETWEEN past - INTERVAL 30 SECOND AND begin_utc + INTERVAL 30 SECOND)
            FROM ({_NEIGHBOURS}) AS each WHERE epoch(begin_utc) - epoch(past) > greatest(2 * seconds, 30)
            ORDER BY past, host"""
    )
    return tuple(Gap(*row) for row in rows)


def oddities(log: Database) -> tuple[str, ...]:
    """What else who reads the numbers should know, a sentence each."""
    return (*_unknown_intervals(log), *_overlaps(log), *_unreadable(log))


def _unknown_intervals(log: Database) -> Iterator[str]:
    known = ", ".join(f"'{scope}'" for scope in SCOPES)
    [(unknown, intervals)] = log.rows(
        f"""SELECT count(*) FILTER (scope IS NULL OR scope NOT IN ({known})), count(*)
        FROM log_lines WHERE event = 'stats.interval'"""
    )
    if unknown:
        yield (
            f"{unknown} of {intervals} intervals have a scope that this version does not know: another version of "
            "punctuald wrote them, and they are left out."
        )
    [(unread,)] = log.rows(
        """SELECT count(*) FROM intervals_tier WHERE begin_utc IS NULL OR tier IS NULL
        OR (count IS NULL AND histograms IS NULL AND overdue IS NULL AND stages IS NULL AND missed_by IS NULL)"""
    )
    if unread:
        yield f"{unread} intervals of tiers lack what this version reads: another version wrote them."


def _overlaps(log: Database) -> Iterator[str]:
    rows = log.rows(
        f"""SELECT host, count(*), strftime(min(begin_utc), '%Y-%m-%d %H:%M:%S') FROM ({_NEIGHBOURS})
        WHERE epoch(past) - epoch(begin_utc) > 1 GROUP BY host ORDER BY host"""
    )
    for host, count, first in rows:
        yield (
            f"{host}: {count} intervals begin before the previous one ended, the first at {first} UTC: the clock "
            "was set back, or two daemons' logs (or one log twice) have one name. Sums are of all of them."
        )


def _unreadable(log: Database) -> Iterator[str]:
    [(dropped,)] = log.rows("SELECT coalesce(sum(lines), 0)::BIGINT FROM lines WHERE event = 'log.lines_dropped'")
    if dropped:
        yield f"Lines were lost {dropped} times, as the log's reader stood still (log.lines_dropped)."


_NEIGHBOURS = """SELECT host, begin_utc, seconds, lag(begin_utc + to_microseconds((seconds * 1e6)::BIGINT))
        OVER (PARTITION BY host ORDER BY begin_utc) AS past
    FROM (SELECT DISTINCT host, begin_utc, seconds FROM intervals_daemon WHERE begin_utc IS NOT NULL)"""
