"""What each worker that lives says of itself now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from punctuald.stats.board.board import Board
from punctuald.stats.board.row_reader import RowReader


@dataclass(frozen=True, slots=True)
class WorkerFigures:
    """``worker`` is its index. ``is_ready``: it takes messages. ``slots``: messages that it handles at once, 0 before
    it has said so. ``held``: messages that wait in it on purpose. ``heartbeat_seconds``: since its last sign of life.
    ``loop_lag_seconds``: how late its event loop was at most, lately."""

    worker: int
    pid: int
    is_ready: bool
    slots: int
    busy_slots: int
    held: int
    heartbeat_seconds: float
    loop_lag_seconds: float


class WorkerReader:
    """Reads one or more boards, the newest last."""

    def __init__(self, boards: Sequence[Board]) -> None:
        self._boards = tuple(boards)

    def read(self, now_mono: float) -> tuple[WorkerFigures, ...]:
        """By board and index. After a reload two may have one index: the one of the old settings comes first."""
        rows = [(index, board.reader(index)) for board in self._boards for index in board.attached()]
        return tuple(_figures(index, view, now_mono) for index, view in rows if view.is_worker and view.pid)


def _figures(index: int, view: RowReader, now_mono: float) -> WorkerFigures:
    return WorkerFigures(
        worker=index,
        pid=view.pid,
        is_ready=view.ready_mono is not None,
        slots=view.concurrency,
        busy_slots=view.busy_slots,
        held=view.held_messages,
        heartbeat_seconds=max(0.0, now_mono - (view.heartbeat_mono or now_mono)),
        loop_lag_seconds=view.loop_lag_seconds,
    )
