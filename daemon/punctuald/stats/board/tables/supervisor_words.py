"""What the supervisor says of itself, and counts: words that only it writes, and the observer reads."""

from __future__ import annotations

from mmap import mmap

from punctuald.stats.board.layout import WORD_BYTES, Words
from punctuald.stats.board.word_time import from_word, to_word

ROLES = ("worker", "autoscaler", "observer")
_TURNED = 0
_DEATHS = 1


class SupervisorWords:
    """Made before the first fork; an anonymous map of its own, so that it outlives reloads."""

    def __init__(self) -> None:
        self._words: Words = memoryview(mmap(-1, (_DEATHS + len(ROLES)) * WORD_BYTES)).cast("Q")

    def turned(self, now_mono: float) -> None:
        """The supervisor's loop comes round, as it does each second at least."""
        self._words[_TURNED] = to_word(now_mono)

    @property
    def turned_mono(self) -> float | None:
        """When it came round last; None = it did not yet."""
        return from_word(self._words[_TURNED])

    def died(self, role: str) -> None:
        """A process of that role ended that nobody had asked to."""
        self._words[_DEATHS + ROLES.index(role)] += 1

    def deaths(self) -> dict[str, int]:
        """By role, since the daemon began."""
        return dict(zip(ROLES, self._words[_DEATHS:].tolist(), strict=True))
