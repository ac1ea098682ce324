"""A row's words under a writer that is killed at any of its stores."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from punctuald.stats.board.layout import Words


class Killed(BaseException):
    """Stands in for SIGKILL: nothing that the writer would do afterwards reaches the board."""


@dataclass
class DyingWords:
    """Words that take ``left`` more stores, as memory does when its writer is killed."""

    words: Words
    left: int

    def __getitem__(self, place: Any) -> Any:
        return self.words[place]

    def __setitem__(self, place: Any, value: Any) -> None:
        if self.left <= 0:
            raise Killed
        self.left -= 1
        self.words[place] = value
