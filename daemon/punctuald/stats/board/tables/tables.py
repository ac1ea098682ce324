"""What the boards of one daemon share, so that it outlives a reload that needs a board of another layout."""

from __future__ import annotations

from mmap import mmap

from punctuald.stats.board.layout import WORD_BYTES

from .copies import COPIES_WORDS, CopyTable
from .due_table import DUE_TABLE_WORDS, DueTable
from .looks import Looks
from .observer_words import ObserverWords
from .supervisor_words import SupervisorWords
from .suspects import Suspects


class Tables:
    """Made before the first fork. Each is an anonymous map of its own."""

    def __init__(self) -> None:
        self.suspects = Suspects()
        self.ills = Suspects()  # messages over which workers fell ill: counted in the same way
        self.observer_words = ObserverWords()
        self.looks = Looks()
        self.supervisor_words = SupervisorWords()
        self.copies = CopyTable(memoryview(mmap(-1, COPIES_WORDS * WORD_BYTES)).cast("Q"))
        self.due_table = DueTable(memoryview(mmap(-1, DUE_TABLE_WORDS * WORD_BYTES)).cast("Q"))
