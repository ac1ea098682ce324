"""How long a source in memory is, as the autoscaler asks."""

from __future__ import annotations

from collections.abc import Callable

from punctuald.model import Backlog, Metric
from punctuald.ports import CountRequests

from .faults import MemoryFaults


class MemoryGauge:
    """A `BacklogGauge` on a queue's or a log's own ``backlog``; to be read on the loop's own thread."""

    def __init__(
        self, backlog: Callable[[], Backlog], count: CountRequests, faults: MemoryFaults | None = None
    ) -> None:
        self._backlog = backlog
        self._count = count
        self._faults = faults or MemoryFaults()

    def read(self) -> Backlog:
        """See `BacklogGauge.read`. It takes no time: only awaited calls have a latency."""
        self._count(Metric.REQUEST_ATTRIBUTES)
        self._faults.strike(Metric.REQUEST_ATTRIBUTES)
        return self._backlog()
