"""The shortest path between two rising curves: a string pulled tight inside a tube.

Of all ways to serve the work between the curve of what has arrived and the curve of what is due, the taut string
changes its rate least and latest, and its highest rate is the lowest. Funnel algorithm (Davies and Kovac, "Local
extremes, runs, strings and multiresolution", Annals of Statistics 2001): linear time, as each point enters and leaves
once.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from punctuald.simulate.trace.stamps import Seconds


class Point(NamedTuple):
    """A moment and a height."""

    at: int
    height: float


def taut_string(lower: Sequence[float], upper: Sequence[float]) -> Seconds:
    """The heights of the string at 0, 1, 2, …; both curves begin and end where the string does: ``lower <= upper``."""
    knots = _knots(lower, upper)
    heights: Seconds = np.interp(np.arange(len(lower)), [knot.at for knot in knots], [knot.height for knot in knots])
    return heights


def _knots(lower: Sequence[float], upper: Sequence[float]) -> list[Point]:
    apex = Point(0, lower[0])
    knots, floor, ceiling = [apex], deque([apex]), deque([apex])
    for at in range(1, len(lower)):
        _extend(ceiling, floor, knots, Point(at, upper[at]), 1.0)
        _extend(floor, ceiling, knots, Point(at, lower[at]), -1.0)
    return [*knots, *list(floor)[1:]]


def _extend(own: deque[Point], other: deque[Point], knots: list[Point], point: Point, side: float) -> None:
    """Add ``point`` to one wall of the funnel; where that wall meets the other, the string bends round the other."""
    while len(own) > 1 and side * _slope(own[-2], own[-1]) >= side * _slope(own[-1], point):
        own.pop()
    if len(own) == 1:
        while len(other) > 1 and side * _slope(other[0], point) < side * _slope(other[0], other[1]):
            other.popleft()
            knots.append(other[0])
        own[0] = other[0]
    own.append(point)


def _slope(first: Point, second: Point) -> float:
    return (second.height - first.height) / (second.at - first.at) if second.at != first.at else 0.0
