"""The intervals of the last hour, for a page that shows them. In memory: a new observer begins with none."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from punctuald.clock import Clock
from punctuald.stats.figures.intervals import Interval
from punctuald.view.dashboard.past_interval import SHORTEST_SECONDS, Burn, PastInterval, past_interval

KEPT_SECONDS = 3600.0

Document = Callable[[], Mapping[str, Any]]


class IntervalHistory:
    """``status`` gives the status document; the first interval began at ``begun_mono``."""

    def __init__(self, status: Document, clock: Clock, begun_mono: float) -> None:
        self._status = status
        self._clock = clock
        self._begun_mono = begun_mono
        self.begun_utc = self._utc_of(begun_mono)
        self._parts: list[Interval] = []
        self._kept: deque[PastInterval] = deque()

    def reported(self, interval: Interval) -> None:
        """That interval is in the log."""
        self._parts.append(interval)
        if interval.read_mono - self._begun_mono >= SHORTEST_SECONDS:
            self._kept.append(self._past(interval.read_mono))
            self._begun_mono, self._parts = interval.read_mono, []
        self._forget()

    def read(self) -> tuple[PastInterval, ...]:
        """The oldest first."""
        return tuple(self._kept)

    def _past(self, end_mono: float) -> PastInterval:
        document = self._status()
        end_utc = self._utc_of(end_mono)
        return past_interval(
            self._parts,
            begin_utc=end_utc - (end_mono - self._begun_mono),
            end_utc=end_utc,
            burns={tier["tier"]: Burn(tier["burn_fast"], tier["burn_slow"]) for tier in document["tiers"]},
            backlog=_total([queue["backlog"] for queue in document["queues"]]),
        )

    def _utc_of(self, mono: float) -> float:
        return self._clock.utc() - (self._clock.mono() - mono)

    def _forget(self) -> None:
        oldest_utc = self._clock.utc() - KEPT_SECONDS
        while self._kept and self._kept[0].end_utc < oldest_utc:
            self._kept.popleft()


def _total(backlogs: Sequence[int | None]) -> int | None:
    """None where one of them is not known: a sum of the others would be too small."""
    known = [backlog for backlog in backlogs if backlog is not None]
    return sum(known) if len(known) == len(backlogs) else None
