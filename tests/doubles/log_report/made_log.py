"""Lines of a daemon's log, made up, and the tables of such a log."""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from punctuald.clock import iso_utc
from punctuald.log_tables.database import Database
from punctuald.log_tables.figures.report import Report, collect
from punctuald.log_tables.log_files import log_files
from punctuald.log_tables.log_tables import open_log
from punctuald.log_tables.span import ALL, Span
from punctuald.policy.advice.prices import Prices

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC).timestamp()
HOUR = 3600.0


def line(event: str, at: float = NOON, *, level: str = "info", process: str = "supervisor", **fields: Any) -> bytes:
    """As the daemon writes it."""
    said = {"timestamp": iso_utc(at), "level": level, "event": event, **fields, "process": process}
    return orjson.dumps(said)


def tier(
    begin: float = NOON,
    *,
    queue: str = "orders",
    name: str = "peak",
    met: int = 90,
    late: Mapping[str, int] | None = None,
    end_to_end: Mapping[int, int] | None = None,
    **fields: Any,
) -> bytes:
    """One queue and tier; ``late`` by cause, ``end_to_end`` by cell. What is zero has no field, as in the daemon's."""
    missed_by = {cause: count for cause, count in (late or {}).items() if count}
    missed = sum(missed_by.values())
    counted = {"count": met + missed, "met": met, "missed": missed, "missed_by": missed_by}
    times = {} if end_to_end is None else {"histograms": {"end_to_end": sorted(end_to_end.items())}}
    shown = {field: value for field, value in {**counted, **times, **fields}.items() if value}
    return _interval("tier", begin, queue=queue, tier=name, threshold_seconds=3.0, **shown)


def queue(begin: float = NOON, *, name: str = "orders", **fields: Any) -> bytes:
    """One queue."""
    return _interval("queue", begin, queue=name, **fields)


def daemon(begin: float = NOON, *, workers: int = 2, seconds: float = 10.0, **fields: Any) -> bytes:
    """The daemon's own."""
    own = {"workers_ready": workers, "busy_slots": 1, "workers": workers, "reason": "arrivals", "seconds": seconds}
    return _interval("daemon", begin, **{**own, **fields})


def _interval(scope: str, begin: float, **fields: Any) -> bytes:
    seconds = fields.pop("seconds", 10.0)
    return line(
        "stats.interval",
        begin + seconds,
        process="observer",
        scope=scope,
        **{"begin": iso_utc(begin), "seconds": seconds, **fields},
    )


def write(path: Path, lines: Iterable[bytes], *, zipped: bool = False) -> Path:
    """A file with these lines."""
    text = b"".join(each + b"\n" for each in lines)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(text) if zipped else text)
    return path


@contextmanager
def tables(*paths: Path, span: Span = ALL) -> Iterator[Database]:
    """Of these files."""
    with open_log(log_files(paths), span) as opened:
        yield opened


def report(*paths: Path, zone: str = "UTC", prices: Prices | None = None, span: Span = ALL) -> Report:
    """Of these files."""
    with tables(*paths, span=span) as opened:
        return collect(opened, "made up", zone=zone, prices=prices or Prices())
