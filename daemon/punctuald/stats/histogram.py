"""Log-linear histograms of durations: constant size, at most 1 % off, merged by adding.

The scheme is HdrHistogram's (Gil Tene, http://hdrhistogram.org) with six significant bits: whole microseconds below
128 have a cell each, and every octave above is cut into 64 equal cells. A cell is thus at most 1/64 of its values wide
and its midpoint at most 1/128 (0.8 %) away from any of them. Sums and maxima are kept
beside the cells, so means and maxima are exact.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import ceil

MICROSECONDS = 1_000_000
"""The unit: a second's worth of it."""

SUB_BITS = 6
EXACT_BELOW_US = 2 << SUB_BITS
TOP_US = (1 << 40) - 1
"""12.7 days; the last cell takes everything above. A message can wait 14 days in SQS: max and mean still tell."""

CELLS = (TOP_US.bit_length() - SUB_BITS + 1) << SUB_BITS
"""128 of a microsecond, then 64 for each octave up to the top."""


def cell_of(duration_us: int) -> int:
    """The cell that counts a duration of ``duration_us`` whole microseconds (0 or more)."""
    return cells_of((duration_us,))[0]


def cells_of(durations_us: Iterable[int]) -> list[int]:
    """The cell of each: one call for all of them, as the call costs more than the cell."""
    cells: list[int] = []
    for duration_us in durations_us:
        if duration_us < EXACT_BELOW_US:
            cells.append(duration_us)
        elif duration_us < TOP_US:
            shift = duration_us.bit_length() - SUB_BITS - 1
            cells.append((shift << SUB_BITS) + (duration_us >> shift))
        else:
            cells.append(CELLS - 1)
    return cells


def midpoint(cell: int) -> float:
    """The middle of the values that ``cell`` counts, in microseconds."""
    if cell < EXACT_BELOW_US:
        return float(cell)
    shift = (cell >> SUB_BITS) - 1
    first_us = (cell - (shift << SUB_BITS)) << shift
    return first_us + ((1 << shift) - 1) / 2


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

    def quantile_us(self, q: float) -> float:
        """See `quantile`; never above the exact maximum."""
        return min(quantile(self.cells, q, first_cell=self.first_cell), float(self.max_us))


EMPTY = Histogram()


def of_durations(durations_us: Iterable[int]) -> Histogram:
    """The histogram of these durations, each in whole microseconds."""
    return merge(Histogram(cell_of(us), (1,), us, us) for us in durations_us)


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


def _add(cells: list[int], more: Sequence[int], offset: int) -> None:
    span = slice(offset, offset + len(more))
    cells[span] = [here + there for here, there in zip(cells[span], more, strict=True)]
