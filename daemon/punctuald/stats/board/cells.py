"""The cells in which durations are counted: which one counts what, and how the board reckons time.

The scheme is HdrHistogram's (Gil Tene, http://hdrhistogram.org) with six significant bits: every octave is cut into 64
equal cells, so a cell is at most 1/64 of its values wide and its midpoint at most 1/128 (0.8 %) away from any of them.
A single-precision float is laid out the same way (IEEE 754: the exponent, then the fraction, highest bit first), so the
cell of a duration is the upper half of its bits without the last one, and no arithmetic is needed for any of the six
durations of a message. What is below a microsecond is counted as one.
"""

from __future__ import annotations

import sys
from array import array
from collections import Counter
from collections.abc import Sequence
from math import ldexp

MICROSECONDS = 1_000_000
"""Sums and maxima are kept in microseconds; so many make a second."""

SUB_BITS = 6
LOWEST_EXPONENT, TOP_EXPONENT = -20, 21
"""From 0.95 microseconds to 24 days; a message can wait 14 days in SQS. The last cell counts everything above, whose
maximum and mean are still exact."""

CELLS = (TOP_EXPONENT - LOWEST_EXPONENT) << SUB_BITS
"""64 for each octave."""

_UPPER_HALVES = slice(1 if sys.byteorder == "little" else 0, None, 2)
SPARE_BITS = 7 - SUB_BITS  # the upper half holds 7 of the fraction's 23 bits
FIRST = (127 + LOWEST_EXPONENT) << SUB_BITS  # 127 stands for an exponent of 0
_SIGN = 1 << 15
_LOWEST_HALF, _TOP_HALF = FIRST << SPARE_BITS, ((FIRST + CELLS) << SPARE_BITS) - 1


def halves(durations: Sequence[float]) -> Counter[int]:
    """How many of ``durations``, in seconds, have which upper half. All durations of one upper half share a cell."""
    counted = Counter(memoryview(array("f", durations)).cast("B").cast("H")[_UPPER_HALVES].tolist())
    if min(counted) < _LOWEST_HALF or max(counted) > _TOP_HALF:
        inside: Counter[int] = Counter()
        for half, count in counted.items():
            # the highest bit is the sign: only -0.0 has it set, and it is counted as the shortest duration
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


def upper_edge(cell: int) -> float:
    """Where the values that ``cell`` counts end, in microseconds."""
    octave, part = divmod(cell + 1, 1 << SUB_BITS)
    return ldexp(1 + part / (1 << SUB_BITS), LOWEST_EXPONENT + octave) * MICROSECONDS


def edge_at(seconds: float) -> int | None:
    """How many cells lie below a duration, where one of them ends right there; None where none does."""
    [half] = halves([seconds])
    cell = cell_of_half(half)
    return cell if upper_edge(cell - 1) == seconds * MICROSECONDS else None


def microseconds(seconds: float) -> int:
    """``seconds`` in whole microseconds, as sums and maxima are kept."""
    return int(seconds * MICROSECONDS + 0.5)
