"""Reads a trace from a file: arrivals by second or minute as CSV, or the daemon's own log."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from itertools import pairwise
from math import gcd
from pathlib import Path

import numpy as np

from punctuald.errors import ConfigurationError

from .log_trace import read_log
from .trace import Trace

UNITS = {"second": 1.0, "minute": 60.0}
HEADERS = " or ".join(f"`{unit},arrivals`" for unit in UNITS)
GZIP_MAGIC = b"\x1f\x8b"
LONGEST_BINS = 50_000_000  # a gap of years in the first column is a mistake, not a silence

Row = tuple[int, int]


def read_trace(path: Path) -> Trace:
    """The trace in ``path``: .csv, .csv.gz, or a log of the daemon (a JSON object a line).

    Raises `ConfigurationError` that names file and line, what is wrong there and how to mend it.
    """
    lines = _lines(path)
    first = next(lines, None)
    if first is None:
        raise ConfigurationError(f"{path}: is empty; its first line must be {HEADERS}, or a JSON log event")
    if first.startswith("{"):
        return read_log(path, (first, *lines))
    return _read_csv(path, first, lines)


def _lines(path: Path) -> Iterator[str]:
    try:
        with path.open("rb") as file:
            zipped = file.read(2) == GZIP_MAGIC
        with gzip.open(path, "rt") if zipped else path.open() as text:
            for line in text:
                yield line.strip()
    except (OSError, EOFError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ConfigurationError(f"{path}: can't be read: {reason}") from error


def _read_csv(path: Path, header: str, lines: Iterator[str]) -> Trace:
    unit, _, counted = header.partition(",")
    if unit not in UNITS or counted != "arrivals":
        raise ConfigurationError(f"{path}:1: the header is `{header}`; it must be {HEADERS}")
    rows = list(_rows(path, lines))
    if not rows:
        raise ConfigurationError(f"{path}: holds no arrivals below its header; add a line such as `0,12`")
    width = _bin_width(rows)
    bins = (rows[-1][0] - rows[0][0]) // width + 1
    if bins > LONGEST_BINS:
        raise ConfigurationError(f"{path}: spans {bins} bins; is column 1 the offset from the first bin, in {unit}s?")
    arrivals = np.zeros(bins)
    for offset, count in rows:
        arrivals[(offset - rows[0][0]) // width] = count
    begin_seconds = rows[0][0] * UNITS[unit]
    return Trace(path.name.split(".")[0], arrivals, width * UNITS[unit], begin_seconds=begin_seconds)


def _rows(path: Path, lines: Iterator[str]) -> Iterator[Row]:
    before = -1
    for number, line in enumerate(lines, start=2):
        if not line:
            continue
        offset, count = _row(f"{path}:{number}", line)
        if offset <= before:
            raise ConfigurationError(f"{path}:{number}: offset {offset} comes after {before}; sort the rows, once each")
        before = offset
        yield offset, count


def _row(place: str, line: str) -> Row:
    cells = line.split(",")
    try:
        offset, count = (int(cell) for cell in cells)
    except ValueError:
        raise ConfigurationError(f"{place}: `{line}` is not two whole numbers such as `60,12`") from None
    if offset < 0 or count < 0:
        raise ConfigurationError(f"{place}: `{line}` has a negative number; offsets and arrivals begin at 0")
    return offset, count


def _bin_width(rows: list[Row]) -> int:
    """The widest bin that all offsets fit: what is between two rows is a bin without arrivals."""
    return gcd(*(later - earlier for (earlier, _), (later, _) in pairwise(rows))) or 1
