"""How many messages each worker handles in a second, without anybody having asked before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import inf

from punctuald.model import Metric
from punctuald.stats.board.row_reader import RowReader

BASE_SECONDS = 5.0
"""A rate is over as long at least, and over twice as long at most."""


@dataclass(frozen=True, slots=True)
class _Counted:
    """What each worker had handled then, by pid."""

    at_mono: float = -inf
    handled: Mapping[int, int] = field(default_factory=dict)


class WorkerRates:
    """`look` is to be called each second or so."""

    def __init__(self) -> None:
        self._base = _Counted()
        self._next = _Counted()

    def is_due(self, now_mono: float) -> bool:
        """Whether `look` has anything to do."""
        return now_mono - self._next.at_mono >= BASE_SECONDS

    def look(self, views: Sequence[RowReader], now_mono: float) -> None:
        """Note the counts of ``views``, if those that were noted last are old enough."""
        if self.is_due(now_mono):
            counts = {view.pid: handled_by(view) for view in views if view.is_worker and view.pid}
            self._base, self._next = self._next, _Counted(now_mono, counts)

    def per_second(self, pid: int, handled: int, now_mono: float) -> float | None:
        """None = it has not been watched for long enough."""
        base = self._base if pid in self._base.handled else self._next
        seconds = now_mono - base.at_mono
        if pid not in base.handled or seconds < 1:
            return None
        return round((handled - base.handled[pid]) / seconds, 2)


def handled_by(view: RowReader) -> int:
    """Messages that were done by all workers that ever held the row."""
    return sum(view.counts()[Metric.DONE :: len(Metric)])
