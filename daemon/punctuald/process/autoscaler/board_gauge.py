"""How far a stream's workers are behind, as they say themselves.

Kinesis answers that to nobody else: it takes a read of each shard, and of those there are five a second for all who
read it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from punctuald.clock import Clock
from punctuald.errors import SourceUnavailable
from punctuald.model import Backlog, StreamLag
from punctuald.policy.receive.stream_backlog import leases_to_read, stream_records
from punctuald.ports import LAG_SECONDS
from punctuald.stats.board.active_rows import ActiveRows
from punctuald.stats.board.board import Board
from punctuald.stats.board.row_reader import RowReader

STALE_SECONDS = 3 * LAG_SECONDS
"""What a worker said so long ago says nothing of now: it can't reach its stream."""


class _Said(NamedTuple):
    """What one worker that is ready said last, and when; ``lag`` None = nothing, or too long ago."""

    mono: float
    lag: StreamLag | None


class BoardGauge:
    """A `BacklogGauge` of the stream of that name, over the rows of all boards."""

    ordered = True

    def __init__(self, name: str, boards: Sequence[Board], clock: Clock) -> None:
        self._name = name
        self._rows = ActiveRows(boards, lambda view: view)
        self._clock = clock
        self._is_known = False
        self.partitions: int | None = None

    def read(self) -> Backlog | None:
        """See `BacklogGauge.read`. None until a worker has said something for the first time, and while there is none
        that takes messages: as in the drain of a stop."""
        said = self._said()
        known = [each for each in said if each.lag is not None]
        lags = [each.lag for each in said if each.lag is not None]
        self.partitions = leases_to_read(lags) or self.partitions
        records = stream_records([each.lag for each in said])
        if records is not None:
            self._is_known = True
            oldest_mono = min(each.mono for each in known)
            return Backlog(records, 0, 0, oldest_mono, behind_seconds=max(lag.behind_seconds for lag in lags))
        if not self._is_known or not said:
            return None
        raise SourceUnavailable(
            f"stream {self._name!r}: no worker that reads it has known for {STALE_SECONDS:g} s how far it is behind",
            code="LagNotKnown",
        )

    def _said(self) -> list[_Said]:
        oldest_mono = self._clock.mono() - STALE_SECONDS
        return [_of(view, self._name, oldest_mono) for view in self._rows.read() if self._is_asked(view)]

    def _is_asked(self, view: RowReader) -> bool:
        """Whether it is a worker that takes messages, of a configuration that has the stream."""
        return view.is_worker and view.ready_mono is not None and self._name in view.layout.queues


def _of(view: RowReader, name: str, oldest_mono: float) -> _Said:
    said = view.stream_lag(view.layout.queues.index(name))
    if said is None or said[0] < oldest_mono:
        return _Said(oldest_mono, None)
    return _Said(*said)
