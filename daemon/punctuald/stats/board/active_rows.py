"""The rows that were ever attached, each with a reader that remembers what it read last."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from .board import Board
from .row_reader import RowReader

Reader = TypeVar("Reader")


class ActiveRows(Generic[Reader]):
    """One reader for each attached row of all boards, made when the row first shows up and kept from then on."""

    def __init__(self, boards: Sequence[Board], make_reader: Callable[[RowReader], Reader]) -> None:
        self._boards = tuple(boards)
        self._make_reader = make_reader
        self._readers: dict[tuple[int, int], Reader] = {}

    def read(self) -> list[Reader]:
        """The readers, always in the same order: the oldest board first, then by index."""
        attached = [(number, index) for number, board in enumerate(self._boards) for index in board.attached()]
        for number, index in attached:
            if (number, index) not in self._readers:
                self._readers[number, index] = self._make_reader(self._boards[number].reader(index))
        return [self._readers[key] for key in attached]
