"""The autoscaler's last decision, read from its row of the newest board that has one."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf

from punctuald.model import Backlog
from punctuald.policy.delivery.miss_cause import NEVER, SINCE_EVER_MONO, Span
from punctuald.stats.board.board import Board
from punctuald.stats.board.interval.scaling_words import ScalingWords

from .intervals import DecisionFigures


class DecisionReader:
    """Reads one or more boards, the newest last."""

    def __init__(self, boards: Sequence[Board]) -> None:
        self._boards = tuple(boards)
        self._readers = [board.decision() for board in boards]
        self._first_look_mono: float | None = None

    def read(self, now_mono: float) -> DecisionFigures | None:
        """None before the first."""
        _, decided = self._newest()
        if decided is None:
            return None
        self._first_look_mono = now_mono if self._first_look_mono is None else self._first_look_mono
        return DecisionFigures(
            workers=decided.workers,
            reason=decided.reason.value,
            caps={guard.value: workers for guard, workers in decided.caps.items()},
            head_age_seconds=decided.head_age_seconds,
            short_seconds=self._short_seconds(decided.short, now_mono),
        )

    def _short_seconds(self, short: Span, now_mono: float) -> float:
        """Where no worker ever was ready, the span has no begin that anybody saw: it counts from our first look."""
        if short is NEVER or short.until_mono < inf:
            return 0.0
        ever = short.since_mono <= SINCE_EVER_MONO
        return now_mono - (self._first_look_mono if ever and self._first_look_mono is not None else short.since_mono)

    def backlogs(self) -> dict[str, Backlog]:
        """By the queue's name, of those whose backlog is known."""
        board, decided = self._newest()
        if decided is None:
            return {}
        return {board.layout.queues[queue]: backlog for queue, backlog in decided.backlogs.items()}

    def _newest(self) -> tuple[Board, ScalingWords | None]:
        for board, reader in zip(reversed(self._boards), reversed(self._readers), strict=True):
            if board.layout.workers in board.attached() and (decided := reader.read()) is not None:
                return board, decided
        return self._boards[-1], None
