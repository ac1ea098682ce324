"""Reads what was counted since the last interval that was logged, over all boards, rows and deaths of workers.

What was logged last is on the boards themselves, in words that only the observer writes: so a new observer goes on
where the one before it ended, and neither repeats nor forgets.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from punctuald.stats.board.board import Board

from .intervals import DecisionFigures, Interval, Standing


class IntervalReader:
    """Reads one or more boards, the newest last. ``threshold_seconds`` must have every tier of every board.

    One process at a time may call `logged`: the observer.
    """

    def __init__(self, boards: Sequence[Board], *, threshold_seconds: Mapping[str, float]) -> None:
        self._boards = tuple(boards)
        self._thresholds = threshold_seconds

    def read(self, now_mono: float) -> Interval:
        """What was counted since the last interval that `logged` was called for. Changes nothing: read again, it has
        the same and what came since, so an interval that could not be written is part of the next."""
        raise NotImplementedError

    def logged(self) -> None:
        """The interval that was read last is in the log: the next one begins where it ended."""
        raise NotImplementedError

    def standings(self) -> tuple[Standing, ...]:
        """How each queue and tier stands, those that had no message left out. Much cheaper than `read`."""
        raise NotImplementedError

    def decision(self, now_mono: float) -> DecisionFigures | None:
        """The autoscaler's last one."""
        raise NotImplementedError
