"""Log-linear histograms of durations: constant size, within 1 %, merged by adding.

The scheme is HdrHistogram's (Gil Tene, http://hdrhistogram.org) with six significant bits: every octave is cut into 64
equal cells, so a cell is at most 1/64 of its values wide and its midpoint at most 1/128 (0.8 %) away from any of them.
A single-precision float is laid out the same way (IEEE 754: the exponent, then the fraction, highest bit first), so the
cell of a duration is what is left of its upper half without the last bit: no arithmetic for each of the six durations
of a message. What is below a microsecond is counted as one. Sums and maxima are kept beside the cells, so means and
maxima are exact.
"""

from __future__ import annotations

import sys
from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import ceil, ldexp

MICROSECONDS = 1_000_000
"""The unit of sums and maxima: a second's worth of it."""

SUB_BITS = 6
LOWEST_EXPONENT, TOP_EXPONENT = -20, 21
LOWEST_SECONDS = ldexp(1.0, LOWEST_EXPONENT)
"""0.95 microseconds."""

TOP_SECONDS = ldexp(1.0, TOP_EXPONENT) - 1
"""24 days, and a message can wait 14 in SQS; the last cell takes everything above: max and mean still tell."""

CELLS = (TOP_EXPONENT - LOWEST_EXPONENT) << SUB_BITS
"""64 for each octave."""

_UPPER_HALVES = slice(1 if sys.byteorder == "little" else 0, None, 2)
SPARE_BITS = 7 - SUB_BITS  # of the fraction's 23 bits the upper half has 7
FIRST = (127 + LOWEST_EXPONENT) << SUB_BITS  # 127 stands for an exponent of 0
_SIGN = 1 << 15
_LOWEST_HALF, _TOP_HALF = FIRST << SPARE_BITS, ((FIRST + CELLS) << SPARE_BITS) - 1


def cell_of(seconds: float) -> int:
    """The cell that counts a duration of ``seconds`` (0 or more)."""
    (half,) = halves((seconds,))
    return cell_of_half(half)


def halves(durations: Sequence[float]) -> Counter[int]:
    """How many of ``durations``, in seconds, share which upper half; it belongs to one cell."""
    counted = Counter(memoryview(array("f", durations)).cast("B").cast("H")[_UPPER_HALVES].tolist())
    if min(counted) < _LOWEST_HALF or max(counted) > _TOP_HALF:
        inside: Counter[int] = Counter()
        for half, count in counted.items():
            # the highest bit is the sign's: -0.0, which is as little as there is
            inside[_LOWEST_HALF if half >= _SIGN else min(max(half, _LOWEST_HALF), _TOP_HALF)] += count
        return inside
    return counted


def cell_of_half(half: int) -> int:
    """The cell of the durations that have this upper half."""
    return (half >> SPARE_BITS) - FIRST


def midpoint(cell: int) -> float:
    """The middle of the values that ``cell`` counts, in microseconds."""
    octave, part = divmod(cell, 1 << SUB_BITS)
    return ldexp(1 + (part + 0.5) / (1 << SUB_BITS), LOWEST_EXPONENT + octave) * MICROSECONDS


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


def of_durations(durations: Iterable[float]) -> Histogram:
    """The histogram of these durations, each in seconds."""
    return merge(Histogram(cell_of(each), (1,), microseconds(each), microseconds(each)) for each in durations)


def microseconds(seconds: float) -> int:
    """As sums and maxima are kept: whole ones."""
    return int(seconds * MICROSECONDS + 0.5)


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
