"""Histograms of durations: constant size, within 1 %, merged by adding.

Sums and maxima are kept beside the cells (`cells`), so means and maxima are exact; but for the maxima of an
`interval`, which are as exact as its cells.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import ceil

from punctuald.stats.board.cells import midpoint, upper_edge


def quantile(cells: Sequence[int], q: float, *, first_cell: int = 0) -> float:
    """The ``q`` quantile (0 to 1) in microseconds by the nearest-rank method; 0.0 where nothing was counted.

    ``cells[0]`` is the count of cell ``first_cell``.
    """
    rank = max(1, ceil(q * sum(cells)))
    for offset, counted in enumerate(accumulate(cells)):
        if counted >= rank:
            return midpoint(first_cell + offset)
    return 0.0


@dataclass(frozen=True, slots=True)
class Histogram:
    """The touched range of one histogram: ``cells[0]`` is cell ``first_cell``; all outside is zero."""

    first_cell: int = 0
    cells: tuple[int, ...] = ()
    sum_us: int = 0
    max_us: int = 0

    @property
    def count(self) -> int:
        """How many durations were counted."""
        return sum(self.cells)

    @property
    def mean_us(self) -> float:
        """The exact mean; 0.0 where nothing was counted."""
        return self.sum_us / (self.count or 1)

    def counts_below(self, edges: Sequence[int]) -> list[int]:
        """For each of ``edges``, numbers of cells as `cells.edge_at` gives them: how many durations lie below."""
        below = [0, *accumulate(self.cells)]
        return [below[min(max(edge - self.first_cell, 0), len(self.cells))] for edge in edges]

    def quantile_us(self, q: float) -> float:
        """See `quantile`; never above the maximum that is known."""
        return min(quantile(self.cells, q, first_cell=self.first_cell), float(self.max_us))


EMPTY = Histogram()


def merge(histograms: Iterable[Histogram]) -> Histogram:
    """The histogram of everything that any of ``histograms`` counted."""
    touched = [one for one in histograms if one.cells]
    if len(touched) < 2:  # noqa: PLR2004 - one histogram is its own merge, and the common case of an idle tier
        return touched[0] if touched else EMPTY
    first = min(one.first_cell for one in touched)
    cells = [0] * (max(one.first_cell + len(one.cells) for one in touched) - first)
    for one in touched:
        _add(cells, one.cells, one.first_cell - first)
    return Histogram(first, tuple(cells), sum(one.sum_us for one in touched), max(one.max_us for one in touched))


def difference(newer: Histogram, older: Histogram) -> Histogram:
    """What ``newer`` counted after it was ``older``. The maximum is the newer one's: when it came is not known."""
    cells = list(newer.cells)
    if older.cells:
        _add(cells, [-counted for counted in older.cells], older.first_cell - newer.first_cell)
    return Histogram(newer.first_cell, tuple(cells), newer.sum_us - older.sum_us, newer.max_us)


def interval(newer: Histogram, older: Histogram) -> Histogram:
    """The same without the cells at both ends that counted nothing meanwhile. As the maximum stands the upper edge of
    the highest cell, or the longest of all where that is less."""
    if newer == older or not newer.cells:
        return EMPTY
    counted = difference(newer, older)
    touched = [offset for offset, count in enumerate(counted.cells) if count > 0]
    if not touched:
        return EMPTY
    low, high = touched[0], touched[-1]
    longest_us = min(newer.max_us, int(upper_edge(newer.first_cell + high)))
    return Histogram(newer.first_cell + low, counted.cells[low : high + 1], max(0, counted.sum_us), longest_us)


def _add(cells: list[int], more: Sequence[int], offset: int) -> None:
    span = slice(offset, offset + len(more))
    cells[span] = [here + there for here, there in zip(cells[span], more, strict=True)]
