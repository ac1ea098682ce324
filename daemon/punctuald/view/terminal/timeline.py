"""A number that changed over time, drawn on one line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

BARS = " ▁▂▃▄▅▆▇█"


class Point(NamedTuple):
    """How many workers were ready from ``at_seconds`` on, until the next point."""

    at_seconds: float
    workers: int


def sparkline(points: Sequence[Point], *, until_seconds: float, width: int = 48) -> str:
    """One bar for each of ``width`` equal spans from 0 to ``until_seconds``: the number at the span's end.

    Bars are as high as their share of the largest number; a number above zero is never drawn as none.
    """
    most = max((point.workers for point in points), default=0)
    if most == 0:
        return BARS[0] * width
    ends = [until_seconds * (span + 1) / width for span in range(width)]
    return "".join(_bar(_workers_at(points, end), most) for end in ends)


def _workers_at(points: Sequence[Point], seconds: float) -> int:
    return next((point.workers for point in reversed(points) if point.at_seconds <= seconds), 0)


def _bar(workers: int, most: int) -> str:
    return BARS[-(-workers * (len(BARS) - 1) // most)]
