"""How long handlers took, out of a daemon's log: the histograms of its intervals, added up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson

from punctuald.errors import ConfigurationError
from punctuald.stats.board.cells import MICROSECONDS
from punctuald.stats.figures.histogram import quantile

INTERVAL_EVENT = "stats.interval"
STAGE = "handle"
P99 = 0.99

Cells = Counter[int]
"""How many were counted in each cell of a histogram."""


class LogTimes:
    """See `HandlingTimes`; ``cells`` by source."""

    def __init__(self, path: Path, cells: Mapping[str, Cells]) -> None:
        self.origin = str(path)
        self._cells = cells

    def p99_seconds(self, source: str, tiers: Collection[str]) -> float | None:  # noqa: ARG002 - it has them by source
        """See `HandlingTimes.p99_seconds`."""
        cells = self._cells.get(source)
        if not cells:
            return None
        first = min(cells)
        counts = [cells[cell] for cell in range(first, max(cells) + 1)]
        return quantile(counts, P99, first_cell=first) / MICROSECONDS


def read_log_times(path: Path) -> LogTimes:
    """Of all intervals in that log. Raises `ConfigurationError` where it can't be read, or has none."""
    found: dict[str, Cells] = {}
    try:
        with path.open("rb") as lines:
            for event in _intervals(lines):
                _add(found, event)
    except OSError as error:
        raise ConfigurationError(f"{path}: can't be read: {error.strerror}") from None
    if not found:
        raise ConfigurationError(
            f"{path}: has no `{INTERVAL_EVENT}` event with times of handlers; log in JSON, at level info or below"
        )
    return LogTimes(path, found)


def _intervals(lines: Iterable[bytes]) -> Iterator[Mapping[str, Any]]:
    """Most lines are of other events, and are not parsed; one that is no JSON object (a traceback) is none."""
    name = INTERVAL_EVENT.encode()
    for line in lines:
        if name not in line:
            continue
        try:
            event = orjson.loads(line)
        except orjson.JSONDecodeError:
            continue
        if isinstance(event, dict) and event.get("event") == INTERVAL_EVENT:
            yield event


def _add(found: dict[str, Cells], event: Mapping[str, Any]) -> None:
    pairs = (event.get("histograms") or {}).get(STAGE) or ()
    if pairs:
        found.setdefault(str(event["queue"]), Counter()).update({int(cell): int(count) for cell, count in pairs})
