"""One number of a board's row, where a test wants to know just that one."""

from __future__ import annotations

from punctuald.model import Metric
from punctuald.stats.board.row_reader import RowReader


def total(view: RowReader, metric: Metric) -> int:
    """One metric over all queues."""
    return sum(view.counts()[metric :: len(Metric)])
