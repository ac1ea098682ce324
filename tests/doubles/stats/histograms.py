"""Histograms of a few durations, counted one by one: what the board does for a whole batch at once."""

from __future__ import annotations

from collections.abc import Iterable
from math import ldexp

from punctuald.stats.board.cells import LOWEST_EXPONENT, TOP_EXPONENT, cell_of_half, halves, microseconds
from punctuald.stats.figures.histogram import Histogram, merge

LOWEST_SECONDS = ldexp(1.0, LOWEST_EXPONENT)
"""What is shorter is counted in the first cell too."""

TOP_SECONDS = ldexp(1.0, TOP_EXPONENT) - 1
"""What is longer is counted in the last cell too."""


def cell_of(seconds: float) -> int:
    """The cell that counts a duration of ``seconds``."""
    (half,) = halves((seconds,))
    return cell_of_half(half)


def of_durations(durations: Iterable[float]) -> Histogram:
    """The histogram of these durations, each in seconds."""
    return merge(Histogram(cell_of(each), (1,), microseconds(each), microseconds(each)) for each in durations)
