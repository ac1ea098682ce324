"""A replay's curves, by the report's bins."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, floor

from punctuald.log_tables.figures.clock import Extent
from punctuald.log_tables.figures.load import Curve
from punctuald.simulate.engine.timeline import Timeline


def curve(line: Timeline, values: Sequence[float], extent: Extent, *, is_sum: bool) -> Curve:
    """The sum or the mean of ``values``, which are those of the points of ``line``; None where the replay was over. A
    bin within a point, as there is where a replay lasts much longer than the log, has the point's mean, and nothing of
    its sum."""
    return tuple(_bin(line, values, begin, extent.bin_seconds, is_sum=is_sum) for begin in extent.bins)


def _bin(line: Timeline, values: Sequence[float], begin_utc: float, seconds: float, *, is_sum: bool) -> float | None:
    point = (begin_utc - line.begin_utc) / line.point_seconds
    first, last = ceil(point), ceil(point + seconds / line.point_seconds)
    within = values[max(0, first) : max(0, last)]
    if within:
        return float(sum(within)) if is_sum else sum(within) / len(within)
    if point >= len(values) or last <= 0:
        return None
    return 0.0 if is_sum else float(values[max(0, floor(point))])
