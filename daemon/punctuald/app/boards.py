"""The statistics boards of a daemon's life: reloads go on with one that fits."""

from __future__ import annotations

from punctuald.stats.board.board import Board
from punctuald.stats.board.layout import Layout
from punctuald.stats.board.tables.tables import Tables


class Boards:
    """Totals since the start stand on all of them, the newest last, so none is let go when its workers have ended. But
    no more are made than there are layouts, however often settings go to and fro."""

    def __init__(self) -> None:
        self._tables = Tables()
        self.all: tuple[Board, ...] = ()

    def of(self, layout: Layout, in_use: Board | None) -> Board:
        """The one that settings with this ``layout`` go on with."""
        board = next((each for each in self.all if each.layout == layout), None)
        if board is None:
            board = Board(layout, self._tables)
        elif board is not in_use:
            board.decision_writer().forget()
        self.all = (*(each for each in self.all if each is not board), board)
        return board
