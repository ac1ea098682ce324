"""A ratio that turns gave, as a figure beside its goal."""

from __future__ import annotations

from benchmarks.figures import Figure
from benchmarks.pairs.ratios import Quartiles


def ratio_figure(name: str, found: Quartiles, at_least: float | None) -> Figure:
    """Met if the median reaches the goal and the lower quartile nine tenths of it."""
    return Figure(name, found.median, at_least=at_least, quartiles=(found.lower, found.upper))
