"""A number that changed over time, drawn on one line."""

from __future__ import annotations

from collections.abc import Sequence

from punctuald.demo.daemon_log import PoolSize

BARS = " ▁▂▃▄▅▆▇█"


def sparkline(sizes: Sequence[PoolSize], *, until_seconds: float, width: int = 48) -> str:
    """One bar for each of ``width`` equal spans from 0 to ``until_seconds``: the number at the span's end.

    A bar's height is its number's share of the largest one; a number above zero always has a visible bar.
    """
    most = max((size.workers for size in sizes), default=0)
    if most == 0:
        return BARS[0] * width
    ends = [until_seconds * (span + 1) / width for span in range(width)]
    return "".join(_bar(_workers_at(sizes, end), most) for end in ends)


def _workers_at(sizes: Sequence[PoolSize], seconds: float) -> int:
    return next((size.workers for size in reversed(sizes) if size.at_seconds <= seconds), 0)


def _bar(workers: int, most: int) -> str:
    return BARS[-(-workers * (len(BARS) - 1) // most)]
